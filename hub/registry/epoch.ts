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
  /** Readings in the frames taken. */
  readings = 0;
  /** Once a guess is made it is kept, so that the readings of an epoch stay in order and in proportion. */
  guess: ClockOffset | null = null;
  /** UTC at which the earliest reading was there at the latest, and the latest not before; by offsets that are no guess. */
  firstUs: number | null = null;
  lastUs: number | null = null;
  target: AckTarget | null = null;
  /** How the target's device names this epoch: its place in hello. */
  ref = 0;
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

  /** A record of the frames from `first` to `last` was appended; it ends at `offset`. */
  appended(first: number, last: number, offset: number, receivedUs: number): void {
    this.inFlight.push(first, last, offset, receivedUs);
  }

  /** A record that was appended is a refusal: `reject` is to be sent once that is on disk. */
  refused(seq: number, reject: Reject): void {
    (this.#refusals ??= new Map()).set(seq, reject);
  }

  /**
   * The log is on disk up to `durable`. Tells the target, contiguous sequences as one range; `observe` is told when each
   * record was received.
   */
  settle(durable: number, observe: (receivedUs: number) => void): void {
    let from = 0;
    let to = -1;
    this.inFlight.drain(durable, (first, last, receivedUs) => {
      this.settled.add(first, last);
      if (this.#isRefusal(first)) return;
      observe(receivedUs);
      if (first !== to + 1 || to < 0) {
        if (to >= 0) this.target?.stored(this, from, to);
        from = first;
      }
      to = last;
    });
    if (to >= 0) this.target?.stored(this, from, to);
  }

  #isRefusal(seq: number): boolean {
    const refusal = this.#refusals?.get(seq);
    if (refusal === undefined) return false;
    this.#refusals?.delete(seq);
    this.target?.refused(refusal);
    return true;
  }
}
