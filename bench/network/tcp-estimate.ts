/**
 * The packets that TCP would have made of what crossed a proxy, by its rules (RFC 9293, delayed acknowledgements by RFC 1122,
 * section 4.2.3.2): for where packets themselves cannot be seen. Losses and what is sent again for them are not in it.
 *
 *   SYN ──►          data ──►            data ──►                  FIN ──►
 *       ◄── SYN      (ACK waits 40 ms)   data ──►                      ◄── FIN
 *   ACK ──►              ◄── data, ACK       ◄── ACK of both       ACK ──►
 */
import type { WayName } from './impairments.js';
import { TCP_FLAGS, type Trace } from './trace.js';
import { MOST_PACKETS, TraceRecorder, type TracedPacket } from './trace-recorder.js';

/** IPv4 and TCP with timestamps. */
const HEADER_BYTES = 52;
/** With the options of a SYN as Linux sends them. */
const SYN_BYTES = 60;
/** Of an Ethernet's 1,500 bytes. */
const SEGMENT_BYTES = 1500 - HEADER_BYTES;
/** Linux's least. */
const DELAYED_ACK_US = 40_000;

interface EstimatedPacket extends TracedPacket {
  readonly atUs: number;
  readonly way: WayName;
}

/** Connections over one proxy. Times are monotonic us. */
export class TcpEstimate {
  readonly #packets: EstimatedPacket[] = [];
  readonly #open = new Set<EstimatedConnection>();

  opened(atUs: number): EstimatedConnection {
    const add = (packet: EstimatedPacket): void => {
      // One more than a trace can have says that there were too many.
      if (this.#packets.length <= MOST_PACKETS) this.#packets.push(packet);
    };
    const connection: EstimatedConnection = new EstimatedConnection(add, atUs, () =>
      this.#open.delete(connection),
    );
    this.#open.add(connection);
    return connection;
  }

  /** All packets so far. Throws `bench.trace_full`. */
  trace(): Trace {
    for (const connection of this.#open) connection.settle(Infinity);
    const recorder = new TraceRecorder('estimated');
    this.#packets.sort((a, b) => a.atUs - b.atUs);
    for (const { atUs, way, ...packet } of this.#packets) recorder.add(atUs, way, packet);
    return recorder.trace();
  }
}

/** One connection, opened from the device's side. */
export class EstimatedConnection {
  readonly #add: (packet: EstimatedPacket) => void;
  readonly #ended: () => void;
  /** Data that went each way and is not acknowledged: segments, and when a bare acknowledgement goes. */
  readonly #owed: Record<WayName, { segments: number; dueUs: number }> = {
    up: { segments: 0, dueUs: Infinity },
    down: { segments: 0, dueUs: Infinity },
  };
  #fins = 0;

  constructor(add: (packet: EstimatedPacket) => void, atUs: number, ended: () => void) {
    this.#add = add;
    this.#ended = ended;
    this.#packet(atUs, 'up', 0, TCP_FLAGS.syn, SYN_BYTES);
    this.#packet(atUs, 'down', 0, TCP_FLAGS.syn | TCP_FLAGS.ack, SYN_BYTES);
    this.#packet(atUs, 'up', 0, TCP_FLAGS.ack);
  }

  /** So many bytes went one way. */
  sent(way: WayName, bytes: number, atUs: number): void {
    this.settle(atUs);
    // What goes this way acknowledges what came the other way.
    this.#owed[back(way)] = { segments: 0, dueUs: Infinity };
    for (let left = bytes; left > 0; left -= SEGMENT_BYTES) {
      const payload = Math.min(left, SEGMENT_BYTES);
      this.#packet(atUs, way, payload, TCP_FLAGS.ack);
      const { segments, dueUs } = this.#owed[way];
      this.#owed[way] = { segments: segments + 1, dueUs: Math.min(dueUs, atUs + DELAYED_ACK_US) };
      if (segments === 1) this.#acknowledge(way, atUs);
    }
  }

  /** One side has ended it. The second such call is its end. */
  finished(way: WayName, atUs: number): void {
    this.settle(atUs);
    this.#packet(atUs, way, 0, TCP_FLAGS.fin | TCP_FLAGS.ack);
    if (++this.#fins < 2) return;
    this.#packet(atUs, back(way), 0, TCP_FLAGS.ack);
    this.#ended();
  }

  /** Sends the acknowledgements that would have been sent by then. */
  settle(atUs: number): void {
    for (const way of ['up', 'down'] as const)
      if (this.#owed[way].dueUs <= atUs) this.#acknowledge(way, this.#owed[way].dueUs);
  }

  /** `way` is that of the data. */
  #acknowledge(way: WayName, atUs: number): void {
    if (this.#owed[way].segments > 0) this.#packet(atUs, back(way), 0, TCP_FLAGS.ack);
    this.#owed[way] = { segments: 0, dueUs: Infinity };
  }

  #packet(atUs: number, way: WayName, payload: number, flags: number, headers = HEADER_BYTES): void {
    this.#add({ atUs, way, payload, flags, bytes: headers + payload });
  }
}

function back(way: WayName): WayName {
  return way === 'up' ? 'down' : 'up';
}
