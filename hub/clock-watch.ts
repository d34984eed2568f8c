import type { Clock } from '@weir/runtime';

/** What passes between two readings of the clocks one after the other, and what a clock is slewed by in a second. */
const STEP_US = 5_000;
const TRIES = 3;

/**
 * Finds out when the hub's own clock is set: its UTC then moves against its monotonic time, all at once. Slewing, which
 * keeps a clock right without a step, is far slower.
 */
export class ClockWatch {
  readonly #clock: Clock;
  readonly #stepped: (byUs: number) => void;
  #differenceUs: number;
  #steadySinceUs: number;

  constructor(clock: Clock, stepped: (byUs: number) => void) {
    this.#clock = clock;
    this.#stepped = stepped;
    this.#differenceUs = differenceUs(clock);
    this.#steadySinceUs = clock.utcUs();
  }

  /** UTC us since when the clock was not set, by itself. */
  get steadySinceUs(): number {
    return this.#steadySinceUs;
  }

  /** To be called about once a second, and before the time is told to anybody who reckons with it. */
  look(): void {
    const nowUs = differenceUs(this.#clock);
    const byUs = nowUs - this.#differenceUs;
    this.#differenceUs = nowUs;
    if (Math.abs(byUs) < STEP_US) return;
    this.#steadySinceUs = this.#clock.utcUs();
    this.#stepped(byUs);
  }
}

/** UTC minus monotonic time; a thread that is held up between the two reads them again. */
function differenceUs(clock: Clock): number {
  let best = 0;
  let bestUs = Infinity;
  for (let i = 0; i < TRIES && bestUs > 0; i++) {
    const beforeUs = clock.monotonicUs();
    const utcUs = clock.utcUs();
    const tookUs = clock.monotonicUs() - beforeUs;
    if (tookUs >= bestUs) continue;
    bestUs = tookUs;
    best = utcUs - beforeUs;
  }
  return best;
}
