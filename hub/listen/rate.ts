import type { Clock } from '@weir/runtime';

/** Lets so many through each second, and twice as many at once after a pause (a token bucket). */
export class Rate {
  readonly #perSecond: number;
  readonly #clock: Clock;
  #room: number;
  #atUs: number;

  constructor(perSecond: number, clock: Clock) {
    this.#perSecond = perSecond;
    this.#clock = clock;
    this.#room = 2 * perSecond;
    this.#atUs = clock.monotonicUs();
  }

  /** May one more come now? */
  take(): boolean {
    const nowUs = this.#clock.monotonicUs();
    const gained = ((nowUs - this.#atUs) / 1e6) * this.#perSecond;
    this.#room = Math.min(2 * this.#perSecond, this.#room + gained);
    this.#atUs = nowUs;
    if (this.#room < 1) return false;
    this.#room--;
    return true;
  }
}
