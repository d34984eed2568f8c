import { systemClock } from '@weir/runtime';
import { Alarm } from '../load/alarm.js';

interface Waiting {
  readonly dueUs: number;
  readonly release: () => void;
}

/** An alarm comes up to this much late, us: what is due sooner is looked for on every turn of the event loop. */
const ALARM_LATE_US = 120;
const MOST_GONE = 1024;

/** Lets things go when they are due, in the order in which they came, to some 10 us. */
export class DelayLine {
  readonly #alarm = new Alarm(() => this.#pump());
  #waiting: Waiting[] = [];
  #gone = 0;
  /** Something will look again. */
  #watched = false;

  get length(): number {
    return this.#waiting.length - this.#gone;
  }

  /** Calls `release` at `dueUs` of `systemClock.monotonicUs`, or as soon as what came before it has gone. */
  push(dueUs: number, release: () => void): void {
    this.#waiting.push({ dueUs, release });
    if (!this.#watched) this.#pump();
  }

  /** Nothing that waits is let go any more. */
  async close(): Promise<void> {
    this.#waiting = [];
    this.#gone = 0;
    await this.#alarm.close();
  }

  #pump(): void {
    this.#watched = true;
    for (let next = this.#waiting[this.#gone]; next !== undefined; next = this.#waiting[this.#gone]) {
      const aheadUs = next.dueUs - systemClock.monotonicUs();
      if (aheadUs > ALARM_LATE_US) return this.#alarm.set(next.dueUs - ALARM_LATE_US);
      if (aheadUs > 0) return void setImmediate(() => this.#pump());
      next.release();
      if (++this.#gone > MOST_GONE) this.#forgetGone();
    }
    this.#forgetGone();
    this.#watched = false;
  }

  #forgetGone(): void {
    this.#waiting = this.#waiting.slice(this.#gone);
    this.#gone = 0;
  }
}
