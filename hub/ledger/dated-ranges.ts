import type { SequenceRange } from '@weir/protocol';

/** A range of sequences and since when, UTC us, what it is kept for has held of it. */
export interface DatedRange {
  readonly first: number;
  readonly last: number;
  readonly sinceUs: number;
}

/** Sorted ranges that neither overlap nor touch. Those that come to touch become one, as old as the older. */
export class DatedRanges {
  #ranges: DatedRange[] = [];

  /** `flat` is what `flat()` gave. */
  static from(flat: readonly number[]): DatedRanges {
    const ranges = new DatedRanges();
    for (let i = 0; i + 2 < flat.length; i += 3) ranges.add(flat[i] ?? 0, flat[i + 1] ?? 0, flat[i + 2] ?? 0);
    return ranges;
  }

  get size(): number {
    return this.#ranges.length;
  }

  /** The greatest sequence; 0 when there is none. */
  get greatest(): number {
    return this.#ranges.at(-1)?.last ?? 0;
  }

  all(): readonly DatedRange[] {
    return this.#ranges;
  }

  /** `[first, last, sinceUs, first, last, sinceUs ...]` */
  flat(): number[] {
    return this.#ranges.flatMap(({ first, last, sinceUs }) => [first, last, sinceUs]);
  }

  /** Adds what of a range is not here yet, and returns those parts. */
  add(first: number, last: number, sinceUs: number): SequenceRange[] {
    const added = this.missing(first, last);
    if (added.length === 0) return added;
    const from = this.#indexFrom(first - 1);
    let to = from;
    const merged = { first, last, sinceUs };
    for (
      let next = this.#ranges[to];
      next !== undefined && next.first <= last + 1;
      next = this.#ranges[++to]
    ) {
      merged.first = Math.min(merged.first, next.first);
      merged.last = Math.max(merged.last, next.last);
      merged.sinceUs = Math.min(merged.sinceUs, next.sinceUs);
    }
    this.#ranges.splice(from, to - from, merged);
    return added;
  }

  /** What of `first` to `last` is here, in order. */
  within(first: number, last: number): DatedRange[] {
    const within: DatedRange[] = [];
    for (let i = this.#indexFrom(first); ; i++) {
      const range = this.#ranges[i];
      if (range === undefined || range.first > last) return within;
      const { sinceUs } = range;
      within.push({ first: Math.max(first, range.first), last: Math.min(last, range.last), sinceUs });
    }
  }

  /** What of `first` to `last` is not here, in order. */
  missing(first: number, last: number): SequenceRange[] {
    const missing: SequenceRange[] = [];
    let next = first;
    for (const range of this.within(first, last)) {
      if (range.first > next) missing.push([next, range.first - 1]);
      next = range.last + 1;
    }
    if (next <= last) missing.push([next, last]);
    return missing;
  }

  /** Index of the first range that ends at `sequence` or later. */
  #indexFrom(sequence: number): number {
    let low = 0;
    let high = this.#ranges.length;
    while (low < high) {
      const middle = (low + high) >>> 1;
      if ((this.#ranges[middle]?.last ?? Infinity) < sequence) low = middle + 1;
      else high = middle;
    }
    return low;
  }
}
