import type { Clock } from '@weir/runtime';

const FAILURES_MAX = 20;
const WINDOW_US = 60e6;
/** Addresses remembered; beyond it the oldest are forgotten, so that a flood of addresses takes no memory. */
const ADDRESSES_MAX = 10_000;

interface Window {
  startedUs: number;
  failures: number;
}

/**
 * Counts wrong tokens by address: 20 a minute, then 429. A right token always passes, for behind one address may be
 * a hundred devices of which one has an old token.
 */
export class FailureLimit {
  readonly #clock: Clock;
  readonly #windows = new Map<string, Window>();

  constructor(clock: Clock) {
    this.#clock = clock;
  }

  /** Notes a failure. Returns seconds to wait when there have been too many, else null. */
  note(address: string): number | null {
    const nowUs = this.#clock.monotonicUs();
    let window = this.#windows.get(address);
    if (window === undefined || nowUs - window.startedUs >= WINDOW_US) {
      window = { startedUs: nowUs, failures: 0 };
      this.#windows.delete(address);
      this.#windows.set(address, window);
      this.#forgetOldest();
    }
    window.failures++;
    if (window.failures <= FAILURES_MAX) return null;
    return Math.max(1, Math.ceil((window.startedUs + WINDOW_US - nowUs) / 1e6));
  }

  #forgetOldest(): void {
    if (this.#windows.size <= ADDRESSES_MAX) return;
    const [oldest] = this.#windows.keys();
    if (oldest !== undefined) this.#windows.delete(oldest);
  }
}
