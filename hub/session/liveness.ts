/**
 * Is the other end still there? Ticks come three to a deadline. A tick without a sign of life since the last one counts,
 * and the third in a row is the end. Whoever has heard nothing or said nothing pings.
 */
const SILENT_TICKS_MAX = 3;

export class Liveness {
  #heard = true;
  #said = true;
  #silentTicks = 0;

  heard(): void {
    this.#heard = true;
  }

  said(): void {
    this.#said = true;
  }

  /** What to do now. `deaf`: nothing could have been heard, because the connection is not being read. */
  tick(deaf: boolean): 'rest' | 'ping' | 'end' {
    this.#silentTicks = this.#heard || deaf ? 0 : this.#silentTicks + 1;
    const ping = !this.#heard || !this.#said;
    this.#heard = false;
    this.#said = false;
    if (this.#silentTicks >= SILENT_TICKS_MAX) return 'end';
    return ping ? 'ping' : 'rest';
  }
}
