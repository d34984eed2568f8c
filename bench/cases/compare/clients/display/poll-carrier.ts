import { systemClock, WeirError } from '@weir/runtime';
import type { PollRecord } from '../../record.js';
import type { RunPlan } from '../../scenario.js';
import { pollsDueUs, Schedule } from '../../schedule.js';
import type { Carrier, CarrierEvents, PageTarget } from './carrier.js';
import { CursorGet } from './cursor-get.js';
import { PollTally } from './poll-tally.js';

/**
 * Polling: requests at the times of the schedule, each with the cursor of the last answer.
 *
 *   due ──► asked ──► answered          due ──► asked ─────────────► answered, asked ──►
 *                        due ──► …                   due  due ──────────────┘  (they become one)
 *
 * What falls due while a request is under way is asked at once when that is answered, as one request.
 */
export class PollCarrier implements Carrier {
  readonly #plan: RunPlan;
  readonly #get: CursorGet;
  readonly #events: CarrierEvents;
  readonly #tally: PollTally;
  #closed = false;
  #wake: () => void = () => undefined;

  /** `poll-new` opens a connection for each request. */
  constructor(plan: RunPlan, target: PageTarget, events: CarrierEvents) {
    this.#plan = plan;
    this.#get = new CursorGet(target, plan.scenario.method !== 'poll-new');
    this.#events = events;
    this.#tally = new PollTally(new Schedule(plan));
  }

  get polls(): PollRecord {
    return this.#tally.record();
  }

  open(): Promise<void> {
    return this.#get.begin();
  }

  start(startUs: number): void {
    this.#poll(startUs).catch((error: unknown) => {
      if (!this.#closed) this.#events.failed(WeirError.from(error));
    });
  }

  close(): void {
    this.#closed = true;
    this.#get.close();
    this.#wake();
  }

  async #poll(startUs: number): Promise<void> {
    const nowUs = (): number => systemClock.monotonicUs() - startUs;
    const dues = pollsDueUs(this.#plan);
    let dueUs = dues.next().value;
    let freeUs = 0;
    for (;;) {
      await this.#until(startUs + dueUs);
      if (this.#closed) return;
      const askedUs = nowUs();
      const answer = this.#get.next(null);
      const merged: number[] = [];
      let nextUs = dues.next().value;
      for (; nextUs <= askedUs; nextUs = dues.next().value) merged.push(nextUs);
      const messages = await answer;
      this.#events.messages(messages);
      this.#tally.asked({ dueUs, freeUs, askedUs, answeredUs: nowUs(), merged });
      freeUs = nowUs();
      dueUs = nextUs;
    }
  }

  /** Resolves at `untilUs`, at once if that has been. */
  async #until(untilUs: number): Promise<void> {
    for (;;) {
      const leftUs = untilUs - systemClock.monotonicUs();
      if (leftUs <= 0 || this.#closed) return;
      await new Promise<void>((resolve) => {
        const timer = setTimeout(resolve, Math.ceil(leftUs / 1000));
        this.#wake = () => {
          clearTimeout(timer);
          resolve();
        };
      });
    }
  }
}
