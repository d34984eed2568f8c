/** Time that passes only when a test lets it, with pauses for what settles in between (promises, files in memory). */
import type { Clock, Timers } from '@weir/runtime';

interface Timer {
  readonly atUs: number;
  readonly order: number;
  readonly run: () => void;
}

export class VirtualTime implements Clock, Timers {
  /** UTC minus monotonic, us, by the device's own clock. */
  utcOffsetUs = 1_800_000_000_000_000;
  #nowUs = 5_000_000;
  #order = 0;
  readonly #timers = new Set<Timer>();

  monotonicUs(): number {
    return this.#nowUs;
  }

  utcUs(): number {
    return this.#nowUs + this.utcOffsetUs;
  }

  after(ms: number, run: () => void): () => void {
    const timer = { atUs: this.#nowUs + Math.max(0, ms) * 1000, order: this.#order++, run };
    this.#timers.add(timer);
    return () => this.#timers.delete(timer);
  }

  /** Timers that are set. */
  get waiting(): number {
    return this.#timers.size;
  }

  /** Lets so much time pass; what falls due runs in order. */
  async pass(ms: number): Promise<void> {
    const endUs = this.#nowUs + ms * 1000;
    for (;;) {
      await settled();
      const next = this.#earliest();
      if (next === null || next.atUs > endUs) break;
      this.#timers.delete(next);
      this.#nowUs = Math.max(this.#nowUs, next.atUs);
      next.run();
    }
    this.#nowUs = endUs;
    await settled();
  }

  /** Lets time pass until `condition` holds, at most `limitMs`. */
  async until(condition: () => boolean, what: string, limitMs = 600_000): Promise<void> {
    for (let left = limitMs; left > 0; left -= 10) {
      await settled();
      if (condition()) return;
      await this.pass(10);
    }
    throw new Error(`in ${limitMs} ms of virtual time not: ${what}`);
  }

  /** Forgets all timers, as the end of a process does. */
  clear(): void {
    this.#timers.clear();
  }

  #earliest(): Timer | null {
    let best: Timer | null = null;
    for (const timer of this.#timers)
      if (best === null || timer.atUs < best.atUs || (timer.atUs === best.atUs && timer.order < best.order))
        best = timer;
    return best;
  }
}

/** Everything that follows from what has happened, without time passing. */
export function settled(): Promise<void> {
  return new Promise((resolve) => setImmediate(resolve));
}
