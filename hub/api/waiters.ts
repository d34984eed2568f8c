import { WeirError } from '@weir/runtime';

/** Requests that wait for readings, of all kinds together. */
export class Waiters {
  readonly #max: number;
  #waiting = 0;

  constructor(max: number) {
    this.#max = max;
  }

  get waiting(): number {
    return this.#waiting;
  }

  /** One more waits; returns what ends it. Throws `hub.busy` when too many do. */
  enter(): () => void {
    if (this.#waiting >= this.#max) {
      const message = `${this.#max} requests are waiting for readings, which is the limit`;
      throw new WeirError('hub.busy', message, { retryable: true, details: { limit: this.#max } });
    }
    this.#waiting++;
    return () => this.#waiting--;
  }
}
