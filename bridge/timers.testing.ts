import type { Clock, Timers } from '@weir/runtime';

/** Time that passes when the test says so. */
export class ManualTime implements Timers, Clock {
  #nowMs = 0;
  readonly #timers = new Set<{ at: number; run: () => void }>();

  after(ms: number, run: () => void): () => void {
    const timer = { at: this.#nowMs + ms, run };
    this.#timers.add(timer);
    return () => this.#timers.delete(timer);
  }

  monotonicUs(): number {
    return this.#nowMs * 1000;
  }

  utcUs(): number {
    return this.#nowMs * 1000;
  }

  get waiting(): number {
    return this.#timers.size;
  }

  /** Runs what falls due, in order. */
  advance(ms: number): void {
    const end = this.#nowMs + ms;
    for (;;) {
      const due = [...this.#timers].filter(({ at }) => at <= end).sort((a, b) => a.at - b.at)[0];
      if (due === undefined) break;
      this.#timers.delete(due);
      this.#nowMs = due.at;
      due.run();
    }
    this.#nowMs = end;
  }
}
