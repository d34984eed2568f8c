const SILENT_TICKS_MAX = 3;

/** Counts the ticks at which nothing had been heard of the other end. */
export class Silence {
  #heard = true;
  #ticks = 0;

  readonly heard = (): void => {
    this.#heard = true;
  };

  /** Was there nothing for too long? */
  tick(): boolean {
    this.#ticks = this.#heard ? 0 : this.#ticks + 1;
    this.#heard = false;
    return this.#ticks >= SILENT_TICKS_MAX;
  }
}
