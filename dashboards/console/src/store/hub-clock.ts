/**
 * The hub's clock as seen from a browser whose own clock may be wrong, so that "now" on a chart is the hub's now.
 *
 * An answer with `Date: D` (whole seconds) that was asked for at `sent` and came at `received`, both by the page's
 * monotonic clock, was made at some moment between the two, when the hub's clock stood in [D, D + 1 s). Hence
 *
 *   D - received  <=  hub - page  <  D + 1 s - sent
 *
 * Each answer narrows the bounds; as requests fall on ever other parts of a second they close in to the round trip.
 * When an answer contradicts them (the hub's clock was set, the computer slept) they start again from it.
 */
export class HubClock {
  #low = -Infinity;
  #high = Infinity;

  /** Whether any answer has been seen. */
  get known(): boolean {
    return this.#low !== -Infinity;
  }

  /** Half the width between the bounds, ms; Infinity before the first answer. */
  get uncertaintyMs(): number {
    return (this.#high - this.#low) / 2;
  }

  /** Takes the `Date` of an answer (UTC ms) and the page's monotonic times around it (ms). */
  answer(dateMs: number, sentMs: number, receivedMs: number): void {
    if (!Number.isFinite(dateMs)) return;
    const low = dateMs - receivedMs;
    const high = dateMs + 1_000 - sentMs;
    const contradicts = low > this.#high || high < this.#low;
    this.#low = contradicts ? low : Math.max(low, this.#low);
    this.#high = contradicts ? high : Math.min(high, this.#high);
  }

  /** UTC ms by the hub's clock at the page's monotonic time `monotonicMs`; `fallbackMs` while nothing is known. */
  utcMs(monotonicMs: number, fallbackMs: number): number {
    return this.known ? monotonicMs + (this.#low + this.#high) / 2 : fallbackMs;
  }
}
