import type { WayName } from '../impairments.js';
import { ACK } from './segments.js';

/** Linux waits so long for data to send an acknowledgement with, TCP_DELACK_MIN, us. */
const DELAYED_US = 40_000;

/**
 * The acknowledgements that one end of a connection would have sent by themselves, as Linux does it: of the first segment at once;
 * then one for every second segment, at once, or for a single one 40 ms after it, unless something goes the other way meanwhile and
 * takes it along.
 */
export class Acknowledgements {
  readonly #way: WayName;
  readonly #note: (way: WayName, atUs: number, packet: typeof ACK) => void;
  /** When the segment came that waits for its acknowledgement, us. */
  #waitingUs: number | null = null;
  #first = true;
  #closed = false;

  /** `way` is that of the acknowledgements. */
  constructor(way: WayName, note: (way: WayName, atUs: number, packet: typeof ACK) => void) {
    this.#way = way;
    this.#note = note;
  }

  /** A segment has come: data, or the other end's end. */
  received(atUs: number): void {
    this.#overdue(atUs);
    if (this.#first || this.#closed || this.#waitingUs !== null) this.#acknowledge(atUs);
    else this.#waitingUs = atUs;
    this.#first = false;
  }

  /** Something goes the other way; `last` is this end's end, after which nothing will. */
  sent(atUs: number, last: boolean): void {
    this.#overdue(atUs);
    this.#waitingUs = null;
    this.#closed ||= last;
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
