import type { PollRecord } from '../../record.js';
import type { RunPlan } from '../../scenario.js';
import { Schedule } from '../../schedule.js';
import type { Carrier, CarrierEvents, PageTarget } from './carrier.js';
import { CursorGet } from './cursor-get.js';
import { PollTally } from './poll-tally.js';
import { Polling } from './polling.js';

/** Polling: each request with the cursor of the last answer. */
export class PollCarrier implements Carrier {
  readonly #get: CursorGet;
  readonly #tally: PollTally;
  readonly #polling: Polling;

  /** `poll-new` opens a connection for each request. */
  constructor(plan: RunPlan, target: PageTarget, { messages, failed }: CarrierEvents) {
    this.#get = new CursorGet(target, plan.scenario.method !== 'poll-new');
    this.#tally = new PollTally(new Schedule(plan));
    const ask = async (): Promise<void> => messages(await this.#get.next(null));
    this.#polling = new Polling(plan, this.#tally, ask, failed);
  }

  get polls(): PollRecord {
    return this.#tally.record();
  }

  open(): Promise<void> {
    return this.#get.begin();
  }

  start(startUs: number): void {
    this.#polling.start(startUs);
  }

  close(): void {
    this.#polling.close();
    this.#get.close();
  }
}
