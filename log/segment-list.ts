import type { Segment } from './segment.js';

/** The segments of a log in order. A segment's records end where the next begins, whatever else its file holds. */
export class SegmentList {
  #segments: Segment[] = [];

  get all(): readonly Segment[] {
    return this.#segments;
  }

  get first(): Segment | undefined {
    return this.#segments[0];
  }

  get last(): Segment | undefined {
    return this.#segments.at(-1);
  }

  /** Takes the place of all that was known. */
  replaceAll(segments: readonly Segment[]): void {
    this.#segments = segments.toSorted((a, b) => a.base - b.base);
  }

  /** Adds the newest; it replaces one of the same base, in which nothing was durable. */
  push(segment: Segment): void {
    if (this.last?.base === segment.base) this.#segments.pop();
    this.#segments.push(segment);
  }

  removeFirst(segment: Segment): void {
    if (this.first === segment) this.#segments.shift();
  }

  /** The segment that holds an offset, which is not before the first base. */
  holding(offset: number): Segment | undefined {
    return this.#segments[this.#after(offset) - 1];
  }

  /** The base of the segment after this one; Infinity after the last. */
  endOf(segment: Segment): number {
    return this.#segments[this.#after(segment.base)]?.base ?? Infinity;
  }

  /** Index of the first segment whose base lies beyond an offset. */
  #after(offset: number): number {
    let low = 0;
    let high = this.#segments.length;
    while (low < high) {
      const middle = (low + high) >>> 1;
      if ((this.#segments[middle]?.base ?? Infinity) <= offset) low = middle + 1;
      else high = middle;
    }
    return low;
  }
}
