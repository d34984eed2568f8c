/**
 * Server-sent events (HTML Living Standard, 9.2): the messages of a subscription in an answer that does not end.
 *
 *   retry: 1000            how long to wait before coming back
 *   id: 4096               where the subscription began
 *
 *   event: readings
 *   id: 8192               where to go on from: comes back as Last-Event-ID
 *   data: {"type":"readings","cursor":"8192","batches":[...]}
 *
 *   :                      every ten seconds, so that no proxy takes the connection for idle
 */
import type { ServerResponse } from 'node:http';
import { Silence, type Carrier, type Ending } from './carrier.js';
import type { StreamMessage } from './messages.js';

const RETRY_MS = 1_000;

const HEADERS = {
  'content-type': 'text/event-stream; charset=utf-8',
  'cache-control': 'no-store, no-transform',
  'x-content-type-options': 'nosniff',
  // nginx would collect the events in a buffer.
  'x-accel-buffering': 'no',
};

export class EventCarrier implements Carrier {
  readonly name = 'sse';
  readonly #response: ServerResponse;
  readonly #silence = new Silence();

  /** Answers with the head of the stream, which begins at a cursor. */
  constructor(response: ServerResponse, cursor: number) {
    this.#response = response;
    response.writeHead(200, HEADERS);
    this.#write(`retry: ${RETRY_MS}\nid: ${cursor}\n\n`);
  }

  get bufferedBytes(): number {
    return this.#response.writableLength;
  }

  send({ event, text, cursor }: StreamMessage, sent: () => void): void {
    const id = cursor === null ? '' : `id: ${cursor}\n`;
    this.#write(`event: ${event}\n${id}data: ${text}\n\n`, sent);
  }

  tick(): void {
    // Who takes nothing, not a heartbeat, is dead or as good as dead.
    if (this.#silence.tick()) this.#response.destroy();
    else this.#write(':\n\n');
  }

  end({ retryAfterMs }: Ending): void {
    if (this.#open) this.#response.end(`retry: ${retryAfterMs}\n\n`);
  }

  onClose(listener: () => void): void {
    this.#response.on('close', listener);
  }

  get #open(): boolean {
    return !this.#response.writableEnded && !this.#response.destroyed;
  }

  #write(text: string, sent?: () => void): void {
    if (!this.#open) return;
    this.#response.write(text, (error) => {
      if (error) return;
      this.#silence.heard();
      sent?.();
    });
  }
}
