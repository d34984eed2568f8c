/** GETs of the hub's stream with no more headers than the hub needs. */
import { Agent, request, type ClientRequest, type IncomingMessage } from 'node:http';
import { Agent as TlsAgent, request as tlsRequest } from 'node:https';
import { WeirError } from '@weir/runtime';
import type { PageTarget } from './carrier.js';

const STREAM_PATH = '/api/v1/stream';
/** Of an answer that is no stream, for the error. */
const ANSWER_CHARACTERS = 300;

export class StreamGet {
  readonly #target: PageTarget;
  readonly #agent: Agent;
  readonly #keepAlive: boolean;
  readonly #underWay = new Set<ClientRequest>();

  /** `keepAlive`: one connection for all requests, else a new one for each. */
  constructor(target: PageTarget, keepAlive: boolean) {
    this.#target = target;
    this.#keepAlive = keepAlive;
    const options = { keepAlive, maxSockets: 1 };
    this.#agent = target.url.startsWith('https:') ? new TlsAgent(options) : new Agent(options);
  }

  /** Resolves with the answer when its headers are here. Rejects with `bench.refused`. */
  open(parameters: Readonly<Record<string, string>>, accept?: string): Promise<IncomingMessage> {
    const { url, token, devices } = this.#target;
    const query = new URLSearchParams({ ...parameters, device: devices }).toString();
    const headers = { authorization: `Bearer ${token}`, ...(accept === undefined ? {} : { accept }) };
    return new Promise((resolve, reject) => {
      const asked = (url.startsWith('https:') ? tlsRequest : request)(
        `${url.replace(/\/+$/, '')}${STREAM_PATH}?${query}`,
        { agent: this.#agent, headers },
      );
      // Node sets it by itself for HTTP, not for HTTPS.
      asked.setNoDelay(true);
      // HTTP/1.1 keeps alive unless told otherwise: the header need not go.
      if (this.#keepAlive) asked.removeHeader('connection');
      this.#underWay.add(asked);
      asked.once('close', () => this.#underWay.delete(asked));
      asked.on('error', (cause) => reject(unreachable(cause)));
      asked.once('response', (response) => {
        if (response.statusCode === 200) return resolve(response);
        textOf(response).then((text) => reject(refused(response, text)), reject);
      });
      asked.end();
    });
  }

  /** The whole answer, text. Rejects with `bench.refused`. */
  async text(parameters: Readonly<Record<string, string>>): Promise<string> {
    return textOf(await this.open(parameters));
  }

  close(): void {
    for (const asked of this.#underWay) asked.destroy();
    this.#agent.destroy();
  }
}

function textOf(response: IncomingMessage): Promise<string> {
  return new Promise((resolve, reject) => {
    const chunks: Buffer[] = [];
    response.on('data', (chunk: Buffer) => chunks.push(chunk));
    response.once('end', () => resolve(Buffer.concat(chunks).toString()));
    response.once('error', (cause) => reject(unreachable(cause)));
  });
}

function unreachable(cause: Error): WeirError {
  return new WeirError('bench.refused', `the hub's stream broke: ${cause.message}`, { cause });
}

function refused({ statusCode: status = 0 }: IncomingMessage, text: string): WeirError {
  const message = `the hub answered ${status} instead of its stream: ${text.slice(0, ANSWER_CHARACTERS)}`;
  return new WeirError('bench.refused', message, { details: { status } });
}
