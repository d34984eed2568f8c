import { WeirError } from '@weir/runtime';
import type { Carrier, CarrierEvents, PageTarget } from './carrier.js';
import { CursorGet } from './cursor-get.js';

/** The hub waits so long for something to answer with. */
const WAIT = '30s';

/** Long polling: the next request leaves when an answer has come, with the cursor that it gave. */
export class LongPollCarrier implements Carrier {
  readonly polls = null;
  readonly #get: CursorGet;
  readonly #events: CarrierEvents;
  #closed = false;

  constructor(target: PageTarget, events: CarrierEvents) {
    this.#get = new CursorGet(target, true);
    this.#events = events;
  }

  async open(): Promise<void> {
    await this.#get.begin();
    this.#follow().catch((error: unknown) => {
      if (!this.#closed) this.#events.failed(WeirError.from(error));
    });
  }

  start(): void {
    return undefined;
  }

  close(): void {
    this.#closed = true;
    this.#get.close();
  }

  async #follow(): Promise<void> {
    while (!this.#closed) this.#events.messages(await this.#get.next(WAIT));
  }
}
