/**
 * When to try again: pauses with full jitter under a bound that doubles up to `capMs`. What worked for `capMs` begins
 * at the short end again; what fails at once after each opening does not.
 */
import { fullJitter, type Clock, type Entropy, type Timers } from '@weir/runtime';

const STEPS_TO_CAP = 20;
const PAUSE_MS_MIN = 20;

export class Retry {
  readonly #capMs: number;
  readonly #deps: { readonly clock: Clock; readonly timers: Timers; readonly entropy: Entropy };
  #attempt = 0;
  #workingSinceUs: number | null = null;
  #cancel: (() => void) | null = null;

  constructor(capMs: number, deps: { clock: Clock; timers: Timers; entropy: Entropy }) {
    this.#capMs = capMs;
    this.#deps = deps;
  }

  /** It works now. */
  working(): void {
    this.#workingSinceUs = this.#deps.clock.monotonicUs();
  }

  /** Runs once after a pause. A schedule before it is dropped. */
  schedule(run: () => void): void {
    this.cancel();
    const { clock, timers, entropy } = this.#deps;
    const since = this.#workingSinceUs;
    if (since !== null && clock.monotonicUs() - since >= this.#capMs * 1000) this.#attempt = 0;
    this.#workingSinceUs = null;
    const bounds = { baseMs: this.#capMs / STEPS_TO_CAP, capMs: this.#capMs };
    const pauseMs = Math.max(PAUSE_MS_MIN, fullJitter(this.#attempt++, bounds, entropy));
    this.#cancel = timers.after(pauseMs, run);
  }

  cancel(): void {
    this.#cancel?.();
    this.#cancel = null;
  }
}
