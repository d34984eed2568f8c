/**
 * Server-sent events (HTML Living Standard, 9.2) as the endless answer to one request.
 *
 *   retry: 1000           how long to wait before coming again
 *   id: 4096              what to come again with, before any event
 *
 *   id: 8192              comes back as Last-Event-ID
 *   event: readings
 *   data: {...}
 *
 *   :                     every ten seconds, so that nothing on the way takes the connection for idle
 */
import type { ServerResponse } from 'node:http';
import type { Timers } from '@weir/runtime';
import type { FastifyReply, FastifyRequest } from 'fastify';
import { Silence } from './silence.js';

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
  /** Text that may wait for a client that does not read, bytes; unless said its sender holds back by itself. */
  readonly backlogBytesMax?: number;
  /** `Last-Event-ID` of a client that comes again before it has had an event. */
  readonly beginning?: string;
}

const RETRY_MS = 1_000;
const HEARTBEAT_MS = 10_000;
const HEARTBEAT = ':\n\n';

/** Does the client ask for server-sent events? */
export function wantsEvents({ headers: { accept = '' } }: FastifyRequest): boolean {
  return accept.split(',').some((range) => {
    const [type = '', ...parameters] = range.split(';').map((part) => part.trim().toLowerCase());
    return type === 'text/event-stream' && !parameters.some((each) => /^q=0(\.0*)?$/.test(each));
  });
}

export class EventStream {
  readonly #response: ServerResponse;
  readonly #options: EventStreamOptions;
  readonly #silence = new Silence();
  #cancelHeartbeat: () => void = () => undefined;

  /** Begins the answer; `closed` is called once, later, when it has ended, whoever ended it. */
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
      process.nextTick(closed);
      return;
    }
    const headers = {
      ...reply.getHeaders(),
      'content-type': 'text/event-stream',
      'cache-control': 'no-store, no-transform',
      // nginx would collect the events in a buffer.
      'x-accel-buffering': 'no',
    };
    this.#response.writeHead(200, headers as Record<string, string>);
    const { beginning } = options;
    this.#write(`retry: ${RETRY_MS}\n${beginning === undefined ? '' : `id: ${beginning}\n`}\n`);
    this.#beat();
  }

  /** Bytes that wait in this process for the client to read. */
  get backlogBytes(): number {
    return this.#response.writableLength;
  }

  /** Sends one event; `sent` once the kernel has it. A client that lets too much pile up is cut off. */
  send({ id, event, data }: ServerSentEvent, sent?: () => void): void {
    const head = (id === undefined ? '' : `id: ${id}\n`) + (event === undefined ? '' : `event: ${event}\n`);
    this.#write(`${head}data: ${data}\n\n`, sent);
  }

  /** Ends the answer after what was sent; the client is to come again after so long. */
  end(retryMs = RETRY_MS): void {
    this.#cancelHeartbeat();
    this.#write(`retry: ${retryMs}\n\n`);
    this.#response.end();
  }

  #write(text: string, sent?: () => void): void {
    if (this.#response.writableEnded || this.#response.destroyed) return;
    this.#response.write(text, (error) => {
      if (error) return;
      this.#silence.heard();
      sent?.();
    });
    if (this.#response.writableLength > (this.#options.backlogBytesMax ?? Infinity)) this.#response.destroy();
  }

  #beat(): void {
    this.#cancelHeartbeat = this.#options.timers.after(HEARTBEAT_MS, () => {
      // Who takes nothing, not even a heartbeat, is dead or as good as dead.
      if (this.#silence.tick()) return this.#response.destroy();
      this.#write(HEARTBEAT);
      this.#beat();
    });
  }
}
