/** What is to happen, by time and, at one time, in the order in which it was asked for. A binary heap. */
export interface Planned {
  readonly atUs: number;
  readonly order: number;
  /** Null once cancelled. */
  run: (() => void) | null;
}

export class EventQueue {
  readonly #heap: Planned[] = [];
  #order = 0;

  add(atUs: number, run: () => void): Planned {
    const planned = { atUs, order: this.#order++, run };
    const heap = this.#heap;
    let at = heap.push(planned) - 1;
    while (at > 0) {
      const parent = (at - 1) >> 1;
      if (!this.#swapIfBefore(at, parent)) break;
      at = parent;
    }
    return planned;
  }

  /** Time of the next event; null when there is none. */
  get nextUs(): number | null {
    for (let first = this.#heap[0]; first !== undefined; first = this.#heap[0]) {
      if (first.run !== null) return first.atUs;
      this.#removeFirst();
    }
    return null;
  }

  /** Takes the next event out; it has not been cancelled. */
  take(): Planned | null {
    return this.nextUs === null ? null : this.#removeFirst();
  }

  #removeFirst(): Planned | null {
    const heap = this.#heap;
    const [first] = heap;
    const last = heap.pop();
    if (first === undefined || last === undefined) return null;
    if (heap.length === 0) return first;
    heap[0] = last;
    for (let at = 0; ;) {
      const left = 2 * at + 1;
      if (left >= heap.length) return first;
      const right = left + 1;
      const child = right < heap.length && this.#isBefore(right, left) ? right : left;
      if (!this.#swapIfBefore(child, at)) return first;
      at = child;
    }
  }

  #isBefore(a: number, b: number): boolean {
    const [x, y] = [this.#heap[a], this.#heap[b]];
    if (x === undefined || y === undefined) return false;
    return x.atUs < y.atUs || (x.atUs === y.atUs && x.order < y.order);
  }

  #swapIfBefore(a: number, b: number): boolean {
    if (!this.#isBefore(a, b)) return false;
    const [x, y] = [this.#heap[a], this.#heap[b]];
    if (x === undefined || y === undefined) return false;
    this.#heap[a] = y;
    this.#heap[b] = x;
    return true;
  }
}
