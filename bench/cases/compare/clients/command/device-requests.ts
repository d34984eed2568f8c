/** A device's requests to its hub, with no more headers than the hub needs. */
import { Agent, request, type ClientRequest, type IncomingMessage } from 'node:http';
import { WeirError } from '@weir/runtime';
import { urlOf, type Server } from '../assignment.js';

export interface DeviceRequest {
  readonly path: string;
  readonly headers?: Readonly<Record<string, string>>;
  /** With a body it is a POST. */
  readonly body?: Buffer | string;
}

/** One that waits for commands, and one that answers others meanwhile. */
const CONNECTIONS = 2;
/** Of an answer that is none, for the error. */
const ANSWER_CHARACTERS = 300;

export class DeviceRequests {
  readonly #server: Server;
  readonly #agent: Agent;
  readonly #kept: boolean;
  readonly #underWay = new Set<ClientRequest>();

  /** `kept`: connections stay for the next requests, else each has its own. */
  constructor(server: Server, kept: boolean) {
    this.#server = server;
    this.#kept = kept;
    this.#agent = new Agent({ keepAlive: kept, maxSockets: CONNECTIONS });
  }

  /** Resolves with the answer when its headers are here. Rejects with `bench.refused`. */
  open({ path, headers = {}, body }: DeviceRequest): Promise<IncomingMessage> {
    const length = body === undefined ? {} : { 'content-length': Buffer.byteLength(body) };
    return new Promise((resolve, reject) => {
      const asked = request(urlOf(this.#server, 'http') + path, {
        ...{ method: body === undefined ? 'GET' : 'POST', agent: this.#agent },
        headers: { authorization: `Bearer ${this.#server.token}`, ...length, ...headers },
      });
      // HTTP/1.1 keeps alive unless told otherwise: the header need not go.
      if (this.#kept) asked.removeHeader('connection');
      this.#underWay.add(asked);
      asked.once('close', () => this.#underWay.delete(asked));
      asked.on('error', (cause) => reject(broken(path, cause)));
      asked.once('response', (response) => {
        if (response.statusCode === 200) return resolve(response);
        const status = response.statusCode ?? 0;
        textOf(path, response).then((text) => {
          const said = `${status} ${text.slice(0, ANSWER_CHARACTERS)}`;
          const message = `the hub answered a device's request for ${path} with ${said}`;
          reject(new WeirError('bench.refused', message, { details: { status } }));
        }, reject);
      });
      asked.end(body);
    });
  }

  /** The answer's JSON. Rejects with `bench.refused`. */
  async json(asked: DeviceRequest): Promise<unknown> {
    return JSON.parse(await textOf(asked.path, await this.open(asked)));
  }

  close(): void {
    for (const asked of this.#underWay) asked.destroy();
    this.#agent.destroy();
  }
}

function textOf(path: string, response: IncomingMessage): Promise<string> {
  return new Promise((resolve, reject) => {
    const chunks: Buffer[] = [];
    response.on('data', (chunk: Buffer) => chunks.push(chunk));
    response.once('end', () => resolve(Buffer.concat(chunks).toString()));
    response.once('error', (cause) => reject(broken(path, cause)));
  });
}

function broken(path: string, cause: Error): WeirError {
  return new WeirError('bench.refused', `a device's request for ${path} failed: ${cause.message}`, { cause });
}
