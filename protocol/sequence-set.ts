import type { SequenceRange } from './frames.js';

/**
 * A set of sequences, kept as sorted, disjoint ranges that do not touch.
 *
 *   add(1, 3), add(7, 9)  ->  [1 3] [7 9]        add(4, 6)  ->  [1 9]
 *
 * Sequences come nearly in order, so adding at the end is the fast path: constant time. Elsewhere it costs a binary
 * search and a splice. Memory goes by holes, not by sequences.
 */
export class SequenceSet {
  private readonly firsts: number[] = [];
  private readonly lasts: number[] = [];

  static from(ranges: Iterable<SequenceRange>): SequenceSet {
    const set = new SequenceSet();
    for (const [first, last] of ranges) set.add(first, last);
    return set;
  }

  /** How many ranges it takes. */
  get size(): number {
    return this.firsts.length;
  }

  /** How many sequences are in it. */
  get count(): number {
    let count = 0;
    for (let i = 0; i < this.firsts.length; i++) count += this.last(i) - this.first(i) + 1;
    return count;
  }

  /** The greatest sequence in it; 0 when it is empty. */
  get greatest(): number {
    return this.lasts[this.lasts.length - 1] ?? 0;
  }

  /** Adds the sequences from `first` to `last`, both included. An empty range (`last < first`) adds nothing. */
  add(first: number, last: number = first): void {
    if (last < first) return;
    const end = this.firsts.length - 1;
    const endLast = end < 0 ? -Infinity : this.last(end);
    if (first > endLast + 1) {
      this.firsts.push(first);
      this.lasts.push(last);
    } else if (first >= this.first(end)) {
      this.lasts[end] = Math.max(endLast, last);
    } else this.insert(first, last);
  }

  /** Merges a range with all that it overlaps or touches. */
  private insert(first: number, last: number): void {
    const from = this.indexFrom(first - 1);
    let to = from;
    while (to < this.firsts.length && this.first(to) <= last + 1) to++;
    const overlaps = to > from;
    const mergedFirst = overlaps ? Math.min(first, this.first(from)) : first;
    const mergedLast = overlaps ? Math.max(last, this.last(to - 1)) : last;
    this.firsts.splice(from, to - from, mergedFirst);
    this.lasts.splice(from, to - from, mergedLast);
  }

  has(sequence: number): boolean {
    return this.contains(sequence, sequence);
  }

  /** Is every sequence from `first` to `last` in it? */
  contains(first: number, last: number): boolean {
    const index = this.indexFrom(first);
    return index < this.firsts.length && this.first(index) <= first && this.last(index) >= last;
  }

  /** The ranges, in order. */
  ranges(): SequenceRange[] {
    return this.firsts.map((first, i) => [first, this.last(i)]);
  }

  /** What of `first` to `last` is not in it, in order. */
  missing(first: number, last: number): SequenceRange[] {
    const missing: SequenceRange[] = [];
    let next = first;
    for (let i = this.indexFrom(first); i < this.firsts.length && this.first(i) <= last; i++) {
      if (this.first(i) > next) missing.push([next, this.first(i) - 1]);
      next = this.last(i) + 1;
    }
    if (next <= last) missing.push([next, last]);
    return missing;
  }

  /** Index of the first range that ends at `sequence` or later. */
  private indexFrom(sequence: number): number {
    let low = 0;
    let high = this.lasts.length;
    while (low < high) {
      const middle = (low + high) >>> 1;
      if (this.last(middle) < sequence) low = middle + 1;
      else high = middle;
    }
    return low;
  }

  private first(index: number): number {
    return this.firsts[index] ?? Infinity;
  }

  private last(index: number): number {
    return this.lasts[index] ?? Infinity;
  }
}
