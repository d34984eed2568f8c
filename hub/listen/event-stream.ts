import type { ServerResponse } from 'node:http';
import type { Timers } from '@weir/runtime';
import type { FastifyReply, FastifyRequest } from 'fastify';

export interface ServerSentEvent {
  /** What the client says in `Last-Event-ID` when it comes again. One line. */
  readonly id?: string;
  /** Its type, one line; `message` unless said. */
  readonly event?: string;
  /** One line, as JSON is. */
  readonly data: string;
}

export interface EventStreamOptions {
  readonly timers: Timers;
  /** Text that may wait for a client that does not read, bytes. */
  readonly backlogBytesMax: number;
}

/** Proxies and clients take a connection for dead that says nothing. */
const HEARTBEAT_MS = 15_000;
const HEARTBEAT = ':\n\n';

/** Does the client ask for server-sent events? */
export function wantsEvents({ headers: { accept = '' } }: FastifyRequest): boolean {
  return accept.split(',').some((each) => each.trim().split(';')[0]?.toLowerCase() === 'text/event-stream');
}

/** Server-sent events (HTML Living Standard, 9.2) as the endless answer to one request. */
export class EventStream {
  readonly #response: ServerResponse;
  readonly #options: EventStreamOptions;
  #cancelHeartbeat: () => void = () => undefined;

  /** Begins the answer; `closed` is called once, when it has ended, whoever ended it. */
  constructor(reply: FastifyReply, options: EventStreamOptions, closed: () => void) {
    reply.hijack();
    this.#response = reply.raw;
    this.#options = options;
    // Written to as it breaks: that it has ended is told by `close`.
    this.#response.on('error', () => undefined);
    this.#response.once('close', () => {
      this.#cancelHeartbeat();
      closed();
    });
    if (this.#response.destroyed) {
      closed();
      return;
    }
    const headers = {
      ...reply.getHeaders(),
      'content-type': 'text/event-stream',
      'cache-control': 'no-store',
    };
    this.#response.writeHead(200, headers as Record<string, string>);
    this.#response.flushHeaders();
    this.#beat();
  }

  /** Bytes that wait in this process for the client to read. */
  get backlogBytes(): number {
    return this.#response.writableLength;
  }

  /** Sends one event. A client that lets too much pile up is cut off. */
  send({ id, event, data }: ServerSentEvent): void {
    const head = (id === undefined ? '' : `id: ${id}\n`) + (event === undefined ? '' : `event: ${event}\n`);
    this.#write(`${head}data: ${data}\n\n`);
  }

  /** Ends the answer after what was sent. */
  end(): void {
    this.#cancelHeartbeat();
    this.#response.end();
  }

  #write(text: string): void {
    if (this.#response.writableEnded || this.#response.destroyed) return;
    this.#response.write(text);
    if (this.#response.writableLength > this.#options.backlogBytesMax) this.#response.destroy();
  }

  #beat(): void {
    this.#cancelHeartbeat = this.#options.timers.after(HEARTBEAT_MS, () => {
      this.#write(HEARTBEAT);
      this.#beat();
    });
  }
}
