/** Frames on the way: what was written when, by whole writes, until each of them is answered. */
export class Flights {
  readonly #firsts: number[] = [];
  readonly #lasts: number[] = [];
  readonly #sentUs: number[] = [];
  readonly #open: number[] = [];
  #head = 0;
  #unanswered = 0;

  get unanswered(): number {
    return this.#unanswered;
  }

  /** `count` frames from `first` on were written at `sentUs`. */
  sent(first: number, count: number, sentUs: number): void {
    this.#firsts.push(first);
    this.#lasts.push(first + count - 1);
    this.#sentUs.push(sentUs);
    this.#open.push(count);
    this.#unanswered += count;
  }

  /**
   * The frames from `first` to `last` were answered; `each` hears of every write that had some of them: how many, and when it
   * was made. False when that is more than is on the way: some were never sent, or answered before.
   */
  answered(first: number, last: number, each: (count: number, sentUs: number) => void): boolean {
    let left = last - first + 1;
    for (let at = this.#head; at < this.#firsts.length && left > 0; at++) {
      const from = Math.max(first, this.#firsts[at] ?? 0);
      const to = Math.min(last, this.#lasts[at] ?? 0);
      if (from > to) continue;
      const count = to - from + 1;
      const open = (this.#open[at] ?? 0) - count;
      if (open < 0) return false;
      this.#open[at] = open;
      left -= count;
      each(count, this.#sentUs[at] ?? 0);
    }
    this.#unanswered -= last - first + 1 - left;
    this.#forget();
    return left === 0;
  }

  #forget(): void {
    while (this.#head < this.#open.length && this.#open[this.#head] === 0) this.#head++;
    if (this.#head < 64) return;
    for (const list of [this.#firsts, this.#lasts, this.#sentUs, this.#open]) list.splice(0, this.#head);
    this.#head = 0;
  }
}
