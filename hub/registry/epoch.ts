/**
 * What the hub knows of one epoch of one device: the series behind each channel index, and which sequences it has.
 *
 *   seen     appended to the log, on disk or not: a frame in here is never appended again
 *   settled  on disk: may be acknowledged, and is what `welcome` reports. Always a part of `seen`
 *   inFlight the difference, in the order of the log
 */
import { SequenceSet, type Reject } from '@weir/protocol';
import type { ClockSource } from '../ingest/record.js';
import type { Awaited } from './backlog.js';
import { InFlight } from './in-flight.js';
import type { Series } from './series.js';

/** Adds to a monotonic time for UTC; `uncertaintyUs` is the half width of what it may be off. */
export interface ClockOffset {
  readonly offsetUs: number;
  readonly uncertaintyUs: number;
  readonly source: ClockSource;
}

/** Who is told that frames of an epoch are on disk: the session that announced it. */
export interface AckTarget {
  stored(epoch: EpochEntry, first: number, last: number): void;
  refused(reject: Reject): void;
  /** All of this commit was told. */
  flush(): void;
}

export class EpochEntry {
  readonly epoch: number;
  readonly channels: (Series | undefined)[] = [];
  readonly inFlight = new InFlight();
  seen = new SequenceSet();
  settled = new SequenceSet();
  /** Once a guess is made it is kept, so that the readings of an epoch stay in order and in proportion. */
  guess: ClockOffset | null = null;
  /** UTC of the earliest and the latest reading, by an offset that is not a guess. */
  firstUs: number | null = null;
  lastUs: number | null = null;
  target: AckTarget | null = null;
  /** What the device said it holds of it; null when it holds none. */
  awaited: Awaited | null = null;
  #refusals: Map<number, Reject> | null = null;

  constructor(epoch: number) {
    this.epoch = epoch;
  }

  /** Gaps between the sequences seen. */
  get holes(): number {
    return Math.max(0, this.seen.size - 1);
  }

  /** Whether a sequence is next to none that was seen. */
  opensHole(seq: number): boolean {
    return this.seen.size > 0 && !this.seen.has(seq - 1) && !this.seen.has(seq + 1);
  }

  /** A frame was appended; it ends at `offset`. A refused one brings the `reject` to send once that is on disk. */
  appended(seq: number, offset: number, receivedUs: number, refusal: Reject | null): void {
    this.inFlight.push(seq, offset, receivedUs);
    if (refusal !== null) (this.#refusals ??= new Map()).set(seq, refusal);
  }

  /** The log is on disk up to `durable`. Tells the target, contiguous sequences as one range. */
  settle(durable: number, observe: (receivedUs: number) => void): void {
    let first = 0;
    let last = -1;
    this.inFlight.drain(durable, (seq, receivedUs) => {
      this.settled.add(seq, seq);
      const refusal = this.#refusals?.get(seq);
      if (refusal !== undefined) {
        this.#refusals?.delete(seq);
        this.target?.refused(refusal);
        return;
      }
      observe(receivedUs);
      if (seq !== last + 1 || last < 0) {
        if (last >= 0) this.target?.stored(this, first, last);
        first = seq;
      }
      last = seq;
    });
    if (last >= 0) this.target?.stored(this, first, last);
  }
}
