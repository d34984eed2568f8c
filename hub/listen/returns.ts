/**
 * When devices that the hub sends away come back to the one that follows it: one after the other at the rate at which it
 * takes them, from when it should be there.
 */
export class Returns {
  readonly #perSecond: number;
  #nextMs: number;

  constructor(restartMs: number, perSecond: number) {
    this.#nextMs = restartMs;
    this.#perSecond = perSecond;
  }

  /** The delay of one more, ms. */
  take(): number {
    const delayMs = this.#nextMs;
    this.#nextMs += 1000 / this.#perSecond;
    return Math.round(delayMs);
  }
}
