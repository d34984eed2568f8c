import { WeirError } from '@weir/runtime';
import type { WayName } from './impairments.js';
import type { Trace } from './trace.js';

/** One packet, as a trace keeps it. */
export interface TracedPacket {
  readonly bytes: number;
  readonly payload: number;
  readonly flags: number;
}

const FIRST_ROOM = 1 << 14;
/** Some 60 MB. */
const MOST_PACKETS = 1 << 22;

/** A trace that grows, within bounds. What is added need not be in order. */
export class TraceRecorder {
  readonly #counted: Trace['counted'];
  readonly #most: number;
  #columns = emptyColumns(FIRST_ROOM);
  #length = 0;
  #over = 0;
  #latestUs = -Infinity;
  #ordered = true;

  constructor(counted: Trace['counted'], most = MOST_PACKETS) {
    this.#counted = counted;
    this.#most = most;
  }

  add(atUs: number, way: WayName, { bytes, payload, flags }: TracedPacket): void {
    if (this.#length === this.#most) {
      this.#over++;
      return;
    }
    if (this.#length === this.#columns.up.length) this.#columns = resized(this.#columns, 2 * this.#length);
    const at = this.#length++;
    this.#ordered &&= atUs >= this.#latestUs;
    this.#latestUs = Math.max(this.#latestUs, atUs);
    this.#columns.timesUs[at] = atUs;
    this.#columns.bytes[at] = bytes;
    this.#columns.payload[at] = payload;
    this.#columns.up[at] = way === 'up' ? 1 : 0;
    this.#columns.flags[at] = flags;
  }

  /** Throws `bench.trace_full` when there were more packets than fit. */
  trace(): Trace {
    if (this.#over > 0)
      throw new WeirError(
        'bench.trace_full',
        `${this.#length + this.#over} packets crossed the link in one run; ${this.#most} can be kept: shorten the run`,
        { details: { limit: this.#most, packets: this.#length + this.#over } },
      );
    const columns = resized(this.#columns, this.#length);
    return {
      counted: this.#counted,
      length: this.#length,
      ...(this.#ordered ? columns : inOrder(columns)),
    };
  }
}

const NAMES = ['timesUs', 'bytes', 'payload', 'up', 'flags'] as const;

type Columns = Omit<Trace, 'counted' | 'length'>;

function emptyColumns(room: number): Columns {
  return {
    timesUs: new Float64Array(room),
    bytes: new Uint16Array(room),
    payload: new Uint16Array(room),
    up: new Uint8Array(room),
    flags: new Uint8Array(room),
  };
}

function resized(columns: Columns, room: number): Columns {
  const into = emptyColumns(room);
  for (const name of NAMES) into[name].set(columns[name].subarray(0, room));
  return into;
}

function inOrder(columns: Columns): Columns {
  const { timesUs } = columns;
  const order = Uint32Array.from(timesUs.keys()).sort(
    (a, b) => (timesUs[a] ?? 0) - (timesUs[b] ?? 0) || a - b,
  );
  const into = emptyColumns(order.length);
  for (const name of NAMES)
    for (const [at, from] of order.entries()) into[name][at] = columns[name][from] ?? 0;
  return into;
}
