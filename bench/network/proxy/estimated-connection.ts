import type { WayName } from '../impairments.js';
import type { TracedPacket } from '../trace-recorder.js';
import { Acknowledgements } from './acknowledgements.js';
import { ACK, dataPacket, FIN, SEGMENT_BYTES, SYN, SYN_ACK } from './segments.js';

type Note = (way: WayName, atUs: number, packet: TracedPacket) => void;

/**
 * The packets of a connection whose bytes were seen where they left or came, on their way over a network that is not emulated:
 * what that network lost, and what was sent again for it, is not among them. Times are monotonic us.
 */
export class EstimatedConnection {
  readonly #note: Note;
  /** By the way that they go. */
  readonly #acknowledgements: Readonly<Record<WayName, Acknowledgements>>;

  /** Opened from the device's side. */
  constructor(atUs: number, note: Note) {
    this.#note = note;
    this.#acknowledgements = {
      up: new Acknowledgements('up', note),
      down: new Acknowledgements('down', note),
    };
    note('up', atUs, SYN);
    note('down', atUs, SYN_ACK);
    note('up', atUs, ACK);
  }

  sent(way: WayName, bytes: number, atUs: number): void {
    this.#acknowledgements[way].sent(atUs, false);
    for (let left = bytes; left > 0; left -= SEGMENT_BYTES) {
      this.#note(way, atUs, dataPacket(Math.min(left, SEGMENT_BYTES)));
      this.#acknowledgements[back(way)].received(atUs);
    }
  }

  /** One side has said its last. */
  finished(way: WayName, atUs: number): void {
    this.#acknowledgements[way].sent(atUs, true);
    this.#note(way, atUs, FIN);
    this.#acknowledgements[back(way)].received(atUs);
  }
}

function back(way: WayName): WayName {
  return way === 'up' ? 'down' : 'up';
}
