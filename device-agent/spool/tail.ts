import type { StoredFrame } from './stored-frame.js';

export interface TailFrame {
  readonly frame: StoredFrame;
  /** Monotonic time at which it was handed to the spool. */
  readonly arrivedUs: number;
  /** Offset just past it in the log once it was appended there; null before. */
  end: number | null;
}

/** What one frame costs in memory beside its bytes, about. */
const FRAME_OVERHEAD_BYTES = 256;

/** Frames of the current epoch that are in memory, in order: not on disk yet, or waiting to be sent. */
export class Tail {
  readonly #frames = new Map<number, TailFrame>();
  #bytes = 0;

  /** What a frame costs here, bytes. */
  static cost(frame: StoredFrame): number {
    return frame.bytes.length + FRAME_OVERHEAD_BYTES;
  }

  get bytes(): number {
    return this.#bytes;
  }

  get size(): number {
    return this.#frames.size;
  }

  /** The lowest sequence here; Infinity when there is none. */
  get oldest(): number {
    for (const seq of this.#frames.keys()) return seq;
    return Infinity;
  }

  add(frame: StoredFrame, arrivedUs: number): void {
    this.#frames.set(frame.seq, { frame, arrivedUs, end: null });
    this.#bytes += Tail.cost(frame);
  }

  get(seq: number): TailFrame | undefined {
    return this.#frames.get(seq);
  }

  delete(seq: number): void {
    const held = this.#frames.get(seq);
    if (held === undefined) return;
    this.#frames.delete(seq);
    this.#bytes -= Tail.cost(held.frame);
  }

  deleteRange(first: number, last: number): void {
    if (last - first < this.#frames.size) {
      for (let seq = first; seq <= last; seq++) this.delete(seq);
      return;
    }
    for (const seq of this.#frames.keys()) if (seq >= first && seq <= last) this.delete(seq);
  }

  /** Oldest first. */
  all(): Iterable<TailFrame> {
    return this.#frames.values();
  }
}
