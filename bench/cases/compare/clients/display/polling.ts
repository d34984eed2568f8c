import { systemClock, WeirError } from '@weir/runtime';
import type { RunPlan } from '../../scenario.js';
import { pollsDueUs } from '../../schedule.js';
import type { PollTally } from './poll-tally.js';

/**
 * Requests at the times of the schedule, one at a time.
 *
 *   due ──► asked ──► answered          due ──► asked ─────────────► answered, asked ──►
 *                        due ──► …                   due  due ──────────────┘  (they become one)
 *
 * What falls due while a request is under way is asked at once when that is answered, as one request.
 */
export class Polling {
  readonly #plan: RunPlan;
  readonly #tally: PollTally;
  readonly #ask: () => Promise<void>;
  readonly #failed: (error: WeirError) => void;
  #closed = false;
  #wake: () => void = () => undefined;

  /** `ask` makes a request and resolves when its answer has been handed on. */
  constructor(plan: RunPlan, tally: PollTally, ask: () => Promise<void>, failed: (error: WeirError) => void) {
    this.#plan = plan;
    this.#tally = tally;
    this.#ask = ask;
    this.#failed = failed;
  }

  start(startUs: number): void {
    this.#poll(startUs).catch((error: unknown) => {
      if (!this.#closed) this.#failed(WeirError.from(error));
    });
  }

  close(): void {
    this.#closed = true;
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
      const answered = this.#ask();
      const merged: number[] = [];
      let nextUs = dues.next().value;
      for (; nextUs <= askedUs; nextUs = dues.next().value) merged.push(nextUs);
      await answered;
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
