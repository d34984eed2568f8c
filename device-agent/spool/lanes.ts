/**
 * The two ways through the spool in one session:
 *
 *        older ◄───────────────────────────────────────────► newer
 *        [ segments on disk ... ][ tail, in memory: through ][ next ... last ]
 *         backlog: disk, then ──► the tail up to `through`    live: from `next` on
 *
 * Live starts with the first frame written after the lanes were opened. What had to leave memory before its turn came
 * (`evicted`) moves `through` up and so falls to the backlog. Reading the disk stops where the live frames begin.
 */
import type { Log } from '@weir/log';
import { messageOf, type Logger, type Timers } from '@weir/runtime';
import type { Lanes } from '../link/ports.js';
import type { EpochTable } from './epoch-table.js';
import { decodeSpoolRecord } from './record.js';
import type { StoredFrame } from './stored-frame.js';
import type { Tail, TailFrame } from './tail.js';

export interface LaneParts {
  readonly epochs: EpochTable;
  readonly tail: Tail;
  readonly timers: Timers;
  readonly logger: Logger;
  /** Null for a spool in memory. */
  readonly disk: { readonly log: Log; readonly lowWater: () => number } | null;
  readonly isDurable: (held: TailFrame) => boolean;
  readonly ready: () => void;
  /** Damage was met in reading. */
  readonly damaged: () => void;
  readonly closed: () => void;
}

const READ_BYTES = 131_072;
const RETRY_MS = 5_000;

export class SpoolLanes implements Lanes {
  readonly #parts: LaneParts;
  #next: number;
  #through: number;
  #ramNext: number;
  #diskAt: number;
  #diskDone = false;
  #reading = false;
  #metDamage = false;
  #frames: StoredFrame[] = [];
  #closed = false;

  constructor(parts: LaneParts) {
    this.#parts = parts;
    this.#through = parts.epochs.current.last;
    this.#next = this.#through + 1;
    this.#ramNext = parts.tail.oldest;
    this.#diskAt = parts.disk?.lowWater() ?? 0;
  }

  /** Whether the live lane has yet to give this frame of the current epoch. */
  awaits(seq: number): boolean {
    return !this.#closed && seq >= this.#next;
  }

  /** This frame, on disk, leaves memory before its turn. */
  evicted(seq: number): void {
    this.#through = Math.max(this.#through, seq);
    this.#diskDone = false;
  }

  live(describesOnly: boolean): StoredFrame | null {
    const { tail, epochs, isDurable } = this.#parts;
    for (; this.#next <= epochs.current.last; this.#next++) {
      const seq = this.#next;
      const held = tail.get(seq);
      if (held === undefined) continue;
      if (describesOnly && held.frame.kind !== 'describe') return null;
      this.#next++;
      if (isDurable(held)) tail.delete(seq);
      return held.frame;
    }
    return null;
  }

  backlog(): StoredFrame | null {
    const { epochs } = this.#parts;
    for (let frame = this.#frames.shift(); frame !== undefined; frame = this.#frames.shift())
      if (epochs.isPending(frame.epoch, frame.seq)) return frame;
    if (this.#reading || this.#readOn()) return null;
    if (this.#metDamage) this.#readAgainLater();
    return this.#fromTail();
  }

  close(): void {
    if (this.#closed) return;
    this.#closed = true;
    this.#frames = [];
    this.#parts.closed();
  }

  #fromTail(): StoredFrame | null {
    const { tail } = this.#parts;
    if (this.#ramNext === Infinity) return null;
    while (this.#ramNext <= this.#through) {
      const held = tail.get(this.#ramNext++);
      if (held !== undefined) return held.frame;
    }
    return null;
  }

  /** Begins to read what is on disk from here; false when there is nothing. */
  #readOn(): boolean {
    const { disk } = this.#parts;
    if (disk === null || this.#diskDone || this.#closed || this.#diskAt >= disk.log.durable) return false;
    this.#reading = true;
    this.#read(disk.log).then(
      () => this.#resume(),
      (error: unknown) => {
        this.#parts.logger.error({ err: error }, `cannot read the spool: ${messageOf(error)}`);
        this.#parts.timers.after(RETRY_MS, () => this.#resume());
      },
    );
    return true;
  }

  async #read(log: Log): Promise<void> {
    const batch = await log.read(this.#diskAt, READ_BYTES);
    if (this.#closed) return;
    if (batch.skipped.some(({ reason }) => reason !== 'retention')) {
      this.#metDamage = true;
      this.#parts.damaged();
    }
    this.#diskAt = batch.next;
    for (const { data, offset } of batch.records) {
      const frame = frameIn(data);
      if (frame === null) continue;
      if (this.#isLive(frame)) {
        this.#diskAt = offset;
        this.#diskDone = true;
        return;
      }
      if (this.#parts.epochs.isPending(frame.epoch, frame.seq)) this.#frames.push(frame);
    }
  }

  /** What could not be read may be readable on another try; what is lost for good has been told by then. */
  #readAgainLater(): void {
    this.#metDamage = false;
    this.#parts.timers.after(RETRY_MS, () => {
      if (this.#closed) return;
      this.#diskAt = this.#parts.disk?.lowWater() ?? 0;
      this.#diskDone = false;
      this.#parts.ready();
    });
  }

  #resume(): void {
    this.#reading = false;
    if (!this.#closed) this.#parts.ready();
  }

  #isLive(frame: StoredFrame): boolean {
    return frame.epoch === this.#parts.epochs.current.id && frame.seq > this.#through;
  }
}

/** The frame in a record; null for notes, copies and what cannot be read, which opening has reported. */
function frameIn(data: Uint8Array): StoredFrame | null {
  try {
    const record = decodeSpoolRecord(data);
    return record.kind === 'frame' ? record.frame : null;
  } catch {
    return null;
  }
}
