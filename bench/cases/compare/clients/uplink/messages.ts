/** Readings of one device gathered into messages. */
import { systemClock } from '@weir/runtime';
import type { Reading } from './readings-frames.js';

export interface Message {
  /** Of the schedule, the number of the first reading; the others follow it. */
  readonly first: number;
  readonly readings: readonly Reading[];
}

export class Messages {
  readonly #size: number;
  readonly #full: (message: Message) => void;
  #readings: Reading[] = [];
  #first = 0;

  /** `full` gets each message of `size` readings in the call that hands over its last one. */
  constructor(size: number, full: (message: Message) => void) {
    this.#size = size;
    this.#full = full;
  }

  add(reading: number): void {
    if (this.#readings.length === 0) this.#first = reading;
    this.#readings.push({ takenUs: systemClock.monotonicUs(), value: reading });
    if (this.#readings.length >= this.#size) this.flush();
  }

  /** Hands on what waits for a message to fill. */
  flush(): void {
    if (this.#readings.length === 0) return;
    const message = { first: this.#first, readings: this.#readings };
    this.#readings = [];
    this.#full(message);
  }
}
