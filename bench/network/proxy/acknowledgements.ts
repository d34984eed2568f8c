import type { WayName } from '../impairments.js';
import { ACK } from './segments.js';

/** Linux waits so long for data to send an acknowledgement with, TCP_DELACK_MIN, us. */
const DELAYED_US = 40_000;

/**
 * The acknowledgements that one end of a connection would have sent by themselves: one for every second segment, at once; one for
 * a single segment 40 ms after it, unless data goes the other way meanwhile and takes it along.
 */
export class Acknowledgements {
  readonly #way: WayName;
  readonly #note: (way: WayName, atUs: number, packet: typeof ACK) => void;
  /** When the segment came that waits for its acknowledgement, us. */
  #waitingUs: number | null = null;

  /** `way` is that of the acknowledgements. */
  constructor(way: WayName, note: (way: WayName, atUs: number, packet: typeof ACK) => void) {
    this.#way = way;
    this.#note = note;
  }

  /** A segment has come. */
  received(atUs: number): void {
    this.#overdue(atUs);
    if (this.#waitingUs === null) this.#waitingUs = atUs;
    else this.#acknowledge(atUs);
  }

  /** Data goes the other way. */
  sent(atUs: number): void {
    this.#overdue(atUs);
    this.#waitingUs = null;
  }

  /** The other end has ended: that is acknowledged at once. */
  ended(atUs: number): void {
    this.#overdue(atUs);
    this.#acknowledge(atUs);
  }

  #overdue(nowUs: number): void {
    if (this.#waitingUs === null || this.#waitingUs + DELAYED_US > nowUs) return;
    this.#acknowledge(this.#waitingUs + DELAYED_US);
  }

  #acknowledge(atUs: number): void {
    this.#waitingUs = null;
    this.#note(this.#way, atUs, ACK);
  }
}
