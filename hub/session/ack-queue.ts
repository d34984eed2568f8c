/**
 * Acknowledgements waiting to be sent: ranges, those that touch merged, as plain numbers. Frames acknowledged since the
 * last flush, of several epochs, go out in one ack.
 */
import { encodeFrame, type EpochRef } from '@weir/protocol';

/** Ranges in one ack; keeps it far below every limit. */
const RANGES_MAX = 1_000;

export class AckQueue {
  #epochs: EpochRef[] = [];
  #firsts: number[] = [];
  #lasts: number[] = [];

  get empty(): boolean {
    return this.#epochs.length === 0;
  }

  add(epoch: EpochRef, first: number, last: number): void {
    const end = this.#epochs.length - 1;
    if (this.#epochs[end] === epoch && this.#lasts[end] === first - 1) {
      this.#lasts[end] = last;
      return;
    }
    this.#epochs.push(epoch);
    this.#firsts.push(first);
    this.#lasts.push(last);
  }

  /** Takes everything out as ack frames. */
  take(credit: number): Uint8Array[] {
    const frames: Uint8Array[] = [];
    for (let start = 0; start < this.#epochs.length; start += RANGES_MAX) {
      const stored = this.#epochs.slice(start, start + RANGES_MAX).map((epoch, i) => ({
        epoch,
        range: [this.#firsts[start + i] ?? 0, this.#lasts[start + i] ?? 0] as const,
      }));
      frames.push(encodeFrame({ type: 'ack', credit, stored }));
    }
    this.#epochs = [];
    this.#firsts = [];
    this.#lasts = [];
    return frames;
  }
}
