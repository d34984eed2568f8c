import type { Socket } from 'node:net';
import { systemClock } from '@weir/runtime';
import type { Emulator } from '../emulator.js';
import type { WayName } from '../impairments.js';
import type { TracedPacket } from '../trace-recorder.js';
import { Acknowledgements } from './acknowledgements.js';
import { dataPacket, FIN, SEGMENT_BYTES } from './segments.js';

/** How TCP would go about a connection over the present network. */
export interface Pace {
  /** Time after which a lost segment is sent again, ms; doubled each time. */
  readonly retransmitMs: number;
  /** Bytes on the way at once. */
  readonly windowBytes: number;
}

interface Segment {
  readonly packet: TracedPacket;
  /** null ends the stream. */
  readonly bytes: Buffer | null;
  arrived: boolean;
}

const MOST_DOUBLINGS = 8;

/** One way of a connection: takes what one socket says, in segments, across the network to the other, in order. */
export class Stream {
  /** Those of the end that this stream comes to. */
  readonly acknowledgements: Acknowledgements;
  readonly #way: WayName;
  readonly #emulator: Emulator;
  readonly #pace: () => Pace;
  readonly #from: Socket;
  readonly #to: () => Socket;
  readonly #timers = new Set<NodeJS.Timeout>();
  #back: Stream | null = null;
  /** What waits until less is on the way. */
  #unsent: Segment[] = [];
  #underWay: Segment[] = [];
  #bytesUnderWay = 0;

  constructor(way: WayName, emulator: Emulator, pace: () => Pace, from: Socket, to: () => Socket) {
    this.acknowledgements = new Acknowledgements(way === 'up' ? 'down' : 'up', (...ack) =>
      emulator.note(...ack),
    );
    this.#way = way;
    this.#emulator = emulator;
    this.#pace = pace;
    this.#from = from;
    this.#to = to;
  }

  /** From now on; `back` is the stream the other way, whose acknowledgements ride along. */
  start(back: Stream): void {
    this.#back = back;
    this.#from.on('data', (bytes: Buffer) => {
      for (let at = 0; at < bytes.length; at += SEGMENT_BYTES) {
        const part = bytes.subarray(at, at + SEGMENT_BYTES);
        this.#unsent.push({ packet: dataPacket(part.length), bytes: part, arrived: false });
      }
      this.#fill();
    });
    this.#from.on('end', () => {
      this.#unsent.push({ packet: FIN, bytes: null, arrived: false });
      this.#fill();
    });
  }

  /** Nothing is sent any more. */
  stop(): void {
    for (const timer of this.#timers) clearTimeout(timer);
    this.#timers.clear();
    this.#unsent = [];
    this.#underWay = [];
  }

  /** Sends what the window has room for, and listens for more once all is sent. */
  #fill(): void {
    const nowUs = systemClock.monotonicUs();
    while (this.#bytesUnderWay < this.#pace().windowBytes) {
      const segment = this.#unsent.shift();
      if (segment === undefined) return void this.#from.resume();
      this.#underWay.push(segment);
      this.#bytesUnderWay += segment.packet.payload;
      this.#back?.acknowledgements.sent(nowUs, segment.bytes === null);
      this.#transmit(segment, nowUs, 0);
    }
    this.#from.pause();
  }

  #transmit(segment: Segment, atUs: number, doublings: number): void {
    const sent = this.#emulator.send(this.#way, atUs, segment.packet, (arrivalUs) => {
      segment.arrived = true;
      this.#deliver(arrivalUs);
    });
    if (sent) return;
    const againMs = this.#pace().retransmitMs * 2 ** doublings;
    const timer = setTimeout(() => {
      this.#timers.delete(timer);
      this.#transmit(segment, systemClock.monotonicUs(), Math.min(MOST_DOUBLINGS, doublings + 1));
    }, againMs);
    this.#timers.add(timer);
  }

  /** Hands on what has come without a gap. */
  #deliver(atUs: number): void {
    for (let first = this.#underWay[0]; first?.arrived === true; first = this.#underWay[0]) {
      this.#underWay.shift();
      const { bytes, packet } = first;
      this.acknowledgements.received(atUs);
      if (bytes === null) this.#to().end();
      else
        this.#to().write(bytes, () => {
          this.#bytesUnderWay -= packet.payload;
          this.#fill();
        });
    }
  }
}
