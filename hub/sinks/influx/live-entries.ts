/**
 * Which entries of a quarantine are still there: their places in its log and the device of each, in the order of the
 * log. Two plain numbers an entry, so that a quarantine of a million costs no more than 16 MB.
 */
export class LiveEntries {
  #places: number[] = [];
  #devices: number[] = [];
  readonly #numbers = new Map<string, number>();
  readonly #names: string[] = [];

  get count(): number {
    return this.#places.length;
  }

  /** A new entry at the end of the log. */
  add(place: number, device: string): void {
    let number = this.#numbers.get(device);
    if (number === undefined) {
      number = this.#names.push(device) - 1;
      this.#numbers.set(device, number);
    }
    this.#places.push(place);
    this.#devices.push(number);
  }

  /** Takes entries out; places that hold none are passed over. */
  remove(places: Iterable<number>): void {
    const gone = new Set(places);
    const kept = (_: number, index: number): boolean => !gone.has(before[index] ?? -1);
    const before = this.#places;
    this.#places = before.filter((place) => !gone.has(place));
    this.#devices = this.#devices.filter(kept);
  }

  has(place: number): boolean {
    return this.#places[this.#indexFrom(place)] === place;
  }

  /** Places at or after `from` and before `to`, of one device or all, at most so many. */
  within(from: number, to: number, device: string | null, most: number): number[] {
    const number = device === null ? null : (this.#numbers.get(device) ?? -1);
    const found: number[] = [];
    for (let i = this.#indexFrom(from); i < this.#places.length && found.length < most; i++) {
      const place = this.#places[i] ?? Infinity;
      if (place >= to) break;
      if (number === null || this.#devices[i] === number) found.push(place);
    }
    return found;
  }

  /** First and last place of a device, and how many there are; null for none. */
  of(device: string): { readonly first: number; readonly last: number; readonly count: number } | null {
    const places = this.within(0, Infinity, device, Infinity);
    const [first] = places;
    const last = places.at(-1);
    return first === undefined || last === undefined ? null : { first, last, count: places.length };
  }

  #indexFrom(place: number): number {
    let low = 0;
    let high = this.#places.length;
    while (low < high) {
      const middle = (low + high) >>> 1;
      if ((this.#places[middle] ?? Infinity) < place) low = middle + 1;
      else high = middle;
    }
    return low;
  }
}
