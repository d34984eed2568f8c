import { SequenceSet, decodeFrame, type GapReason, type SequenceRange } from '@weir/protocol';
import type { StoredFrame } from './stored-frame.js';

export interface Loss {
  readonly lostEpoch: number;
  readonly lost: SequenceRange;
  readonly reason: GapReason;
}

/**
 * Frames that will never be sent, as the ranges that `gap` frames tell of. When a gap frame is itself lost, what it
 * tells is carried over: however long an outage lasts, a few gap frames say it all.
 */
export class Losses {
  readonly #sets = new Map<string, { epoch: number; reason: GapReason; lost: SequenceSet }>();

  add(epoch: number, first: number, last: number, reason: GapReason): void {
    const key = `${epoch} ${reason}`;
    let entry = this.#sets.get(key);
    if (entry === undefined) this.#sets.set(key, (entry = { epoch, reason, lost: new SequenceSet() }));
    entry.lost.add(first, last);
  }

  addFrame(frame: StoredFrame, reason: GapReason): void {
    this.add(frame.epoch, frame.seq, frame.seq, reason);
    if (frame.kind !== 'gap') return;
    const gap = decodeFrame(frame.bytes);
    if (gap.type === 'gap') this.add(gap.lostEpoch, gap.lost[0], gap.lost[1], gap.reason);
  }

  list(): Loss[] {
    return [...this.#sets.values()].flatMap(({ epoch, reason, lost }) =>
      lost.ranges().map((range) => ({ lostEpoch: epoch, lost: range, reason })),
    );
  }
}
