import { systemClock } from '@weir/runtime';

interface Waiting {
  readonly dueUs: number;
  readonly release: () => void;
}

/** Node's timers come up to this much late, us: what is due sooner is looked for on every turn of the event loop. */
const TIMER_LATE_US = 1_200;

/** Lets things go when they are due, in the order in which they came, to some 10 us. */
export class DelayLine {
  #waiting: Waiting[] = [];
  #first = 0;
  #cancel: (() => void) | null = null;

  get length(): number {
    return this.#waiting.length - this.#first;
  }

  /** Calls `release` at `dueUs` of `systemClock.monotonicUs`, or as soon as what came before it has gone. */
  push(dueUs: number, release: () => void): void {
    this.#waiting.push({ dueUs, release });
    if (this.#cancel === null) this.#pump();
  }

  /** Nothing that waits is let go any more. */
  clear(): void {
    this.#cancel?.();
    this.#cancel = null;
    this.#waiting = [];
    this.#first = 0;
  }

  #pump(): void {
    this.#cancel = null;
    for (let next = this.#waiting[this.#first]; next !== undefined; next = this.#waiting[this.#first]) {
      const aheadUs = next.dueUs - systemClock.monotonicUs();
      if (aheadUs > 0) return this.#lookAgain(aheadUs);
      this.#first++;
      next.release();
    }
    this.#waiting = [];
    this.#first = 0;
  }

  #lookAgain(aheadUs: number): void {
    if (this.#first > 1024) {
      this.#waiting = this.#waiting.slice(this.#first);
      this.#first = 0;
    }
    const pump = (): void => this.#pump();
    if (aheadUs > TIMER_LATE_US) {
      const timer = setTimeout(pump, (aheadUs - TIMER_LATE_US) / 1000);
      this.#cancel = () => clearTimeout(timer);
    } else {
      const immediate = setImmediate(pump);
      this.#cancel = () => clearImmediate(immediate);
    }
  }
}
