/**
 * The readings of one channel that the page holds: a ring whose live part always lies in one piece, so that a chart
 * can take a view of it without a copy.
 *
 *   capacity  |........[ oldest ............ newest ]......|     first .. end
 *
 * When `end` meets the capacity the live part moves back to the front (once per many appends). Invariants: times are
 * UTC microseconds, strictly increasing; a time occurs once (what comes again for it replaces the value, so that
 * history and stream may overlap); a late reading is put at its own time, not at the end. At most `maxPoints` are
 * held; the oldest go first.
 */
const FIRST_CAPACITY = 256;

export type Placement = 'appended' | 'inserted' | 'replaced' | 'too_old';

export class SeriesBuffer {
  #times = new Float64Array(FIRST_CAPACITY);
  #values = new Float64Array(FIRST_CAPACITY);
  #late = new Uint8Array(FIRST_CAPACITY);
  #first = 0;
  #end = 0;
  /** Counts every change. */
  version = 0;
  /** Counts changes of what was already there: anything but an append. A cache of closed stretches is void after one. */
  revision = 0;
  readonly maxPoints: number;

  constructor(maxPoints = 65_536) {
    this.maxPoints = maxPoints;
  }

  get length(): number {
    return this.#end - this.#first;
  }

  /** UTC us, oldest first; a view that the next change may invalidate. */
  get times(): Float64Array {
    return this.#times.subarray(this.#first, this.#end);
  }

  get values(): Float64Array {
    return this.#values.subarray(this.#first, this.#end);
  }

  /** 1 where the reading came late, else 0. */
  get late(): Uint8Array {
    return this.#late.subarray(this.#first, this.#end);
  }

  get oldestUs(): number | null {
    return this.length === 0 ? null : (this.#times[this.#first] ?? null);
  }

  get newestUs(): number | null {
    return this.length === 0 ? null : (this.#times[this.#end - 1] ?? null);
  }

  /** Puts a reading at its time. */
  put(timeUs: number, value: number, late = false): Placement {
    const newest = this.newestUs;
    if (newest === null || timeUs > newest) {
      this.#append(timeUs, value, late);
      return 'appended';
    }
    const index = this.#first + lowerBound(this.times, timeUs);
    if (this.#times[index] === timeUs) {
      this.#values[index] = value;
      this.#changed();
      return 'replaced';
    }
    if (index === this.#first && this.length >= this.maxPoints) return 'too_old';
    this.#insert(index, timeUs, value, late);
    return 'inserted';
  }

  #append(timeUs: number, value: number, late: boolean): void {
    if (this.length >= this.maxPoints) this.#first++;
    if (this.#end === this.#times.length) this.#makeRoom();
    this.#times[this.#end] = timeUs;
    this.#values[this.#end] = value;
    this.#late[this.#end] = late ? 1 : 0;
    this.#end++;
    this.version++;
  }

  #insert(index: number, timeUs: number, value: number, late: boolean): void {
    let at = index;
    if (this.length >= this.maxPoints) this.#first++;
    if (this.#end === this.#times.length) {
      const before = this.#first;
      this.#makeRoom();
      at -= before - this.#first;
    }
    this.#times.copyWithin(at + 1, at, this.#end);
    this.#values.copyWithin(at + 1, at, this.#end);
    this.#late.copyWithin(at + 1, at, this.#end);
    this.#times[at] = timeUs;
    this.#values[at] = value;
    this.#late[at] = late ? 1 : 0;
    this.#end++;
    this.#changed();
  }

  /** Moves the live part to the front, into arrays twice as long when it fills more than half of these. */
  #makeRoom(): void {
    const capacity = this.#times.length;
    const grown = this.length * 2 > capacity ? capacity * 2 : capacity;
    this.#times = moved(this.#times, new Float64Array(grown), this.#first, this.#end);
    this.#values = moved(this.#values, new Float64Array(grown), this.#first, this.#end);
    this.#late = moved(this.#late, new Uint8Array(grown), this.#first, this.#end);
    this.#end -= this.#first;
    this.#first = 0;
  }

  #changed(): void {
    this.version++;
    this.revision++;
  }
}

function moved<T extends Float64Array | Uint8Array>(from: T, to: T, first: number, end: number): T {
  to.set(from.subarray(first, end));
  return to;
}

/** Index of the first element that is not below `value`; the length when all are. */
export function lowerBound(sorted: Float64Array, value: number): number {
  let low = 0;
  let high = sorted.length;
  while (low < high) {
    const middle = (low + high) >>> 1;
    if ((sorted[middle] ?? Infinity) < value) low = middle + 1;
    else high = middle;
  }
  return low;
}
