/** A rate per second out of a counter that only grows, smoothed over a few samples. Times in ms, monotonic. */
const SMOOTHED_OVER_S = 2;

export class Rate {
  #count: number | null = null;
  #atMs = 0;
  #perSecond: number | null = null;

  /** The rate as of this sample; null at the first, and after the counter fell (the hub began anew). */
  sample(count: number, atMs: number): number | null {
    const before = this.#count;
    const seconds = (atMs - this.#atMs) / 1_000;
    this.#count = count;
    this.#atMs = atMs;
    if (before === null || count < before) {
      this.#perSecond = null;
      return null;
    }
    const present = seconds > 0 ? (count - before) / seconds : 0;
    const former = this.#perSecond ?? present;
    this.#perSecond = former + Math.min(1, seconds / SMOOTHED_OVER_S) * (present - former);
    return this.#perSecond;
  }
}
