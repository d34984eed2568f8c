import type { Clock } from '@weir/runtime';

/**
 * When what is being read from a socket came: all messages of one read came at the same time, which is looked up once.
 * To ask the clock for each costs as much as to check a small frame.
 */
export class ReadTime {
  readonly #clock: Clock;
  #us = 0;

  constructor(clock: Clock) {
    this.#clock = clock;
  }

  /** UTC us. */
  get us(): number {
    if (this.#us === 0) {
      this.#us = this.#clock.utcUs();
      queueMicrotask(this.#over);
    }
    return this.#us;
  }

  readonly #over = (): void => {
    this.#us = 0;
  };
}
