import type { IncomingMessage } from 'node:http';
import { messageOf, WeirError } from '@weir/runtime';
import type { Carrier, CarrierEvents, PageTarget, StreamMessage } from './carrier.js';
import { EventStream } from './event-stream.js';
import { StreamGet } from './stream-get.js';

/** Server-sent events: one answer that never ends. */
export class EventsCarrier implements Carrier {
  readonly polls = null;
  readonly #get: StreamGet;
  readonly #events: CarrierEvents;
  #closed = false;

  constructor(target: PageTarget, events: CarrierEvents) {
    this.#get = new StreamGet(target, true);
    this.#events = events;
  }

  async open(): Promise<void> {
    const response = await this.#get.open({ from: 'now' }, 'text/event-stream');
    const type = response.headers['content-type'] ?? '';
    if (!type.startsWith('text/event-stream'))
      throw new WeirError('bench.refused', `the hub answered with "${type}", not with server-sent events`);
    this.#listen(response);
  }

  start(): void {
    return undefined;
  }

  close(): void {
    this.#closed = true;
    this.#get.close();
  }

  #listen(response: IncomingMessage): void {
    const stream = new EventStream();
    response.setEncoding('utf8');
    response.on('data', (chunk: string) => {
      const messages = stream.take(chunk).map((data) => JSON.parse(data) as StreamMessage);
      if (messages.length > 0) this.#events.messages(messages);
    });
    const ended = (error?: Error): void => {
      const reason = error === undefined ? 'the hub ended it' : messageOf(error);
      if (!this.#closed) this.#events.failed(new WeirError('bench.refused', `server-sent events: ${reason}`));
      this.#closed = true;
    };
    response.once('end', ended);
    response.once('error', ended);
  }
}
