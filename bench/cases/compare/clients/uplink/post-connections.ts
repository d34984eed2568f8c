/** POSTs of one device to its hub, over connections made and kept as the method says. */
import { Agent, request, type IncomingMessage } from 'node:http';
import { Agent as TlsAgent, request as tlsRequest } from 'node:https';
import { TLSSocket } from 'node:tls';
import { WeirError } from '@weir/runtime';
import type { Method } from '../../scenario.js';
import { urlOf, type Server } from '../assignment.js';

/**
 * As many as a browser has to one host. With one alone a reading would wait for the answer to the one before it wherever a
 * round trip takes longer than the time between two readings.
 */
export const CONNECTIONS_PER_DEVICE = 6;

/** What a method does with connections and TLS sessions. */
interface Habit {
  readonly kept: boolean;
  /** What every TLS handshake after the greeting must be. */
  readonly resumed?: boolean;
}

const HABITS: Partial<Record<Method, Habit>> = {
  'post-new': { kept: false },
  'post-kept': { kept: true },
  'posts-full': { kept: false, resumed: false },
  'posts-resumed': { kept: false, resumed: true },
  'posts-kept': { kept: true },
};

/** Of an answer that is none, for the error. */
const ANSWER_CHARACTERS = 300;

export class PostConnections {
  readonly #habit: Habit;
  readonly #server: Server;
  readonly #url: URL;
  readonly #agent: Agent;
  #greeted = false;

  constructor(method: Method, server: Server) {
    const habit = HABITS[method];
    if (habit === undefined) throw new RangeError(`${method} is no way to POST`);
    this.#habit = habit;
    this.#server = server;
    this.#url = new URL('/api/v1/readings', urlOf(server, 'http'));
    const options = { keepAlive: habit.kept, maxSockets: CONNECTIONS_PER_DEVICE };
    this.#agent = server.tls
      ? new TlsAgent({ ...options, ...(habit.resumed === false ? { maxCachedSessions: 0 } : {}) })
      : new Agent(options);
  }

  /** From here on each handshake must be of the method's kind. */
  greeted(): void {
    this.#greeted = true;
  }

  /** Resolves when the hub has said that all `frames` of the body are safe. Rejects with `bench.refused`. */
  async post(body: Buffer, frames: number): Promise<void> {
    const response = await this.#exchange(body);
    const text = await textOf(response);
    const taken = response.statusCode === 200 ? (JSON.parse(text) as { stored: number }) : null;
    if (taken?.stored === frames) return;
    const said = `${response.statusCode} ${text.slice(0, ANSWER_CHARACTERS)}`;
    throw new WeirError('bench.refused', `a POST of ${frames} frames was answered with ${said}`);
  }

  close(): void {
    this.#agent.destroy();
  }

  #exchange(body: Buffer): Promise<IncomingMessage> {
    const headers = {
      authorization: `Bearer ${this.#server.token}`,
      'content-type': 'application/cbor',
      'content-length': body.length,
    };
    return new Promise((resolve, reject) => {
      const post = (this.#server.tls ? tlsRequest : request)(this.#url, {
        ...{ method: 'POST', agent: this.#agent, headers },
      });
      // Node sets it by itself for HTTP, not for HTTPS.
      post.setNoDelay(true);
      // HTTP/1.1 keeps alive unless told otherwise: the header need not go.
      if (this.#habit.kept) post.removeHeader('connection');
      post.once('error', (cause) =>
        reject(new WeirError('bench.refused', `a POST failed: ${cause.message}`, { cause })),
      );
      post.once('response', (response) => {
        try {
          this.#checkHandshake(response);
          resolve(response);
        } catch (error) {
          reject(WeirError.from(error));
        }
      });
      post.end(body);
    });
  }

  #checkHandshake({ socket }: IncomingMessage): void {
    const { resumed } = this.#habit;
    if (resumed === undefined || !this.#greeted) return;
    if (socket instanceof TLSSocket && socket.isSessionReused() === resumed) return;
    const [was, wanted] = resumed ? ['full', 'resumed'] : ['resumed', 'full'];
    throw new WeirError('bench.refused', `a TLS handshake was ${was}, which had to be ${wanted}`);
  }
}

function textOf(response: IncomingMessage): Promise<string> {
  return new Promise((resolve, reject) => {
    const chunks: Buffer[] = [];
    response.on('data', (chunk: Buffer) => chunks.push(chunk));
    response.once('end', () => resolve(Buffer.concat(chunks).toString()));
    response.once('error', reject);
  });
}
