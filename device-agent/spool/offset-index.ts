import type { Epoch } from './epoch.js';
import type { StoredFrame } from './stored-frame.js';

interface Stretch {
  readonly offset: number;
  readonly epoch: Epoch;
  readonly first: number;
  last: number;
  /** Of its first frame. */
  readonly takenUs: number;
}

const STRETCH_BYTES = 65_536;

/**
 * Which frames stand where in the log, coarsely: one entry for about 64 KiB of one epoch's frames, so that a full spool
 * costs little memory. Says how much of the log's beginning needs no longer be kept.
 */
export class OffsetIndex {
  readonly #stretchUs: number;
  #stretches: Stretch[] = [];

  /** `stretchUs`: the longest time that one entry may span. */
  constructor(stretchUs = Infinity) {
    this.#stretchUs = stretchUs;
  }

  get empty(): boolean {
    return this.#stretches.length === 0;
  }

  /** The epochs with frames in the log. */
  epochs(): Set<Epoch> {
    return new Set(this.#stretches.map(({ epoch }) => epoch));
  }

  /** The frame stands at `offset`. Call in the order of the log. */
  add(offset: number, frame: StoredFrame, epoch: Epoch): void {
    const current = this.#stretches.at(-1);
    const near = current !== undefined && offset - current.offset < STRETCH_BYTES;
    if (near && current.epoch === epoch && frame.takenUs - current.takenUs < this.#stretchUs) {
      current.last = frame.seq;
      return;
    }
    this.#stretches.push({ offset, epoch, first: frame.seq, last: frame.seq, takenUs: frame.takenUs });
  }

  /** Where the oldest frame that may still have to be sent stands, or `end` when there is none. */
  lowWater(end: number): number {
    const open = this.#stretches.find(({ epoch, first, last }) => epoch.hasPending(first, last));
    return open?.offset ?? end;
  }

  /** The offset before which every frame is too old, by the epoch and time of a frame at that offset. */
  expiredBefore(isTooOld: (epoch: Epoch, takenUs: number) => boolean): number {
    let offset = 0;
    for (const stretch of this.#stretches) {
      if (!isTooOld(stretch.epoch, stretch.takenUs)) break;
      offset = stretch.offset;
    }
    return offset;
  }

  /** The log begins at `start` now. */
  dropBefore(start: number): void {
    const kept = this.#stretches.findIndex((_, i) => (this.#stretches[i + 1]?.offset ?? Infinity) > start);
    if (kept > 0) this.#stretches.splice(0, kept);
  }
}
