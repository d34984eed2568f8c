import type { EventStream } from '../listen/event-stream.js';
import type { Carrier, Ending } from './carrier.js';
import type { StreamMessage } from './messages.js';

/** Each message a server-sent event: its type the event's, its cursor the id. */
export class EventCarrier implements Carrier {
  readonly name = 'sse';
  readonly #events: EventStream;

  constructor(events: EventStream) {
    this.#events = events;
  }

  get bufferedBytes(): number {
    return this.#events.backlogBytes;
  }

  send({ event, text, cursor }: StreamMessage, sent: () => void): void {
    this.#events.send({ event, data: text, ...(cursor === null ? {} : { id: String(cursor) }) }, sent);
  }

  /** The heart of an event stream beats by itself. */
  tick(): void {
    return undefined;
  }

  end({ retryAfterMs }: Ending): void {
    this.#events.end(retryAfterMs);
  }
}
