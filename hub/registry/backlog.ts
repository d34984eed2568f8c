/**
 * What a device held when it said hello and that has not come yet.
 *
 *   hello ──held ranges, less what is here──► frames ──each frame of them, each one given up──► 0
 *
 * Counted down as frames come, so that to look costs nothing, however many ranges and devices there are.
 */
import type { HeldEpoch, SequenceRange } from '@weir/protocol';
import type { EpochEntry } from './epoch.js';
import { Pace } from './pace.js';

/** Nothing came out of a backlog for so long: it does not drain, and its end is unknown. */
const STALLED_US = 30e6;
/** An end further off than this is no estimate, s. */
const END_S_MAX = 10 * 365 * 86_400;

export class Backlog {
  /** Still to come. */
  frames = 0;
  /** UTC us of the latest reading that came out of it. It drains from the oldest on, so the rest is younger. */
  frontUs: number | null = null;
  readonly #pace = new Pace();
  #came = 0;
  #readings = 0;
  #lastUs: number | null = null;

  /** What is held of `epochs`, in the order of `held`, and not seen yet. From here on their frames count it down. */
  static of(held: readonly HeldEpoch[], epochs: readonly EpochEntry[]): Backlog {
    const backlog = new Backlog();
    for (const [index, entry] of epochs.entries()) {
      const range = held[index]?.held ?? null;
      entry.awaited = range === null ? null : { range, backlog };
      if (range !== null) backlog.frames += missing(entry, range);
    }
    return backlog;
  }

  /** Frames of it came with so many readings; `lastUs` is UTC us of the latest of these, null where there are none. */
  came(frames: number, readings: number, receivedUs: number, lastUs: number | null): void {
    this.frames = Math.max(0, this.frames - frames);
    this.#came += frames;
    this.#readings += readings;
    this.#pace.add(frames, receivedUs);
    this.#lastUs = receivedUs;
    if (lastUs !== null) this.frontUs = Math.max(this.frontUs ?? lastUs, lastUs);
  }

  /** The device gave up frames of it: they will not come. */
  givenUp(frames: number): void {
    this.frames = Math.max(0, this.frames - frames);
  }

  /** Readings still to come, by the mean of the frames that came; null before the first. */
  get readings(): number | null {
    return this.#came === 0 ? null : Math.round((this.frames * this.#readings) / this.#came);
  }

  /** Frames a second that come out of it; 0 when nothing has for half a minute. */
  perSecond(nowUs: number): number {
    if (this.#lastUs === null || nowUs - this.#lastUs > STALLED_US) return 0;
    return this.#pace.perSecond(nowUs);
  }

  /** UTC us at which it will be empty if it goes on like this; null when it is empty or does not drain. */
  endUs(nowUs: number): number | null {
    const seconds = this.frames / this.perSecond(nowUs);
    return this.frames === 0 || seconds > END_S_MAX ? null : Math.round(nowUs + seconds * 1e6);
  }
}

/** The part of a backlog that is of one epoch. */
export interface Awaited {
  readonly range: SequenceRange;
  readonly backlog: Backlog;
}

/** How many of `range` have not been seen. */
export function missing({ seen }: EpochEntry, [first, last]: SequenceRange): number {
  return seen.missing(first, last).reduce((sum, [from, to]) => sum + to - from + 1, 0);
}
