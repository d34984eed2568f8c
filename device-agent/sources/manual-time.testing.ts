/** Time that passes only when a test says so. */
import type { Clock, Timers } from '@weir/runtime';

export class ManualTime implements Clock, Timers {
  /** UTC minus monotonic, us. */
  utcOffsetUs = 1_800_000_000_000_000;
  #nowUs: number;
  #due: { atUs: number; run: () => void }[] = [];

  constructor(startUs = 1_000_000) {
    this.#nowUs = startUs;
  }

  monotonicUs(): number {
    return this.#nowUs;
  }

  utcUs(): number {
    return this.#nowUs + this.utcOffsetUs;
  }

  after(ms: number, run: () => void): () => void {
    const timer = { atUs: this.#nowUs + ms * 1000, run };
    this.#due.push(timer);
    return () => {
      this.#due = this.#due.filter((each) => each !== timer);
    };
  }

  get waiting(): number {
    return this.#due.length;
  }

  /** Lets time pass; what falls due runs at its own time, in order. */
  advance(ms: number): void {
    const endUs = this.#nowUs + ms * 1000;
    for (;;) {
      const next = this.#due.toSorted((a, b) => a.atUs - b.atUs)[0];
      if (next === undefined || next.atUs > endUs) break;
      this.#due = this.#due.filter((each) => each !== next);
      this.#nowUs = Math.max(this.#nowUs, next.atUs);
      next.run();
    }
    this.#nowUs = endUs;
  }
}
