/**
 * What the agent holds of one epoch. `present` are the sequences that exist here, on disk or in memory; `settled` those
 * that need not be sent; `pending` counts the first without the second. An epoch of an earlier run may have holes in
 * `present`: frames that were acknowledged before they ever had to be written.
 */
import { SequenceSet, decodeFrame, type SequenceRange } from '@weir/protocol';
import type { StoredFrame } from './stored-frame.js';

interface Introduction {
  readonly frame: StoredFrame;
  readonly channels: readonly number[];
}

export class Epoch {
  readonly id: number;
  /** The boot it ran in; null while nothing has said so. */
  boot: string | null = null;
  /** What the device's own clock showed at monotonic zero. */
  deviceUtcUs: number | null = null;
  agent = '';
  /** Channels whose description the hub refused for good: it takes no readings of them in this epoch. */
  refused: ReadonlySet<number> = new Set();
  /** Frames may have been lost to damage: what the hub does not have of the holes either is lost. */
  damaged = false;
  /** Describe frames given up before the hub had them. They are still introduced if readings that need them go out. */
  readonly unsent = new Set<number>();
  readonly #present = new SequenceSet();
  readonly #settled = new SequenceSet();
  #introductions: Introduction[] = [];
  #describes: readonly StoredFrame[] = [];
  #pending = 0;
  #last = 0;

  constructor(id: number) {
    this.id = id;
  }

  /** Number of frames that are here and not settled. */
  get pending(): number {
    return this.#pending;
  }

  /** The highest sequence here; 0 before the first. */
  get last(): number {
    return this.#last;
  }

  add(frame: StoredFrame): void {
    const { seq } = frame;
    if (!this.#present.has(seq)) {
      this.#present.add(seq);
      if (!this.#settled.has(seq)) this.#pending++;
      if (seq > this.#last) this.#last = seq;
    }
    if (frame.kind === 'describe') this.introduce(frame);
  }

  /** Keeps a describe frame for as long as any of its channels has no newer one. */
  introduce(frame: StoredFrame): void {
    const described = decodeFrame(frame.bytes);
    if (described.type !== 'describe') return;
    const channels = described.channels.map(({ index }) => index);
    const others = this.#introductions.filter((each) => each.frame.seq !== frame.seq);
    const all = [...others, { frame, channels }].sort((a, b) => a.frame.seq - b.frame.seq);
    const newest = new Map<number, number>();
    for (const each of all) for (const channel of each.channels) newest.set(channel, each.frame.seq);
    const needed = new Set(newest.values());
    this.#keep(all.filter((each) => needed.has(each.frame.seq)));
  }

  /** The hub refused this frame. Returns the channels that it should have introduced and that are not introduced at all now. */
  refuse(seq: number): number[] {
    const refusal = this.#introductions.find(({ frame }) => frame.seq === seq);
    if (refusal === undefined) return [];
    this.#keep(this.#introductions.filter((each) => each !== refusal));
    this.refused = new Set([...this.refused, ...refusal.channels]);
    return [...refusal.channels];
  }

  /** The describe frames that its readings need, in order; the same array until they change. */
  describes(): readonly StoredFrame[] {
    return this.#describes;
  }

  isPending(seq: number): boolean {
    return this.#present.has(seq) && !this.#settled.has(seq);
  }

  /** Whether any frame from `first` to `last` is here and not settled. */
  hasPending(first: number, last: number): boolean {
    return this.#settled.missing(first, last).some(([from, to]) => this.#countPresent(from, to) > 0);
  }

  /** Takes a range as settled, up to the last frame here. Returns how many frames that freed. */
  settle(first: number, last: number): number {
    const end = Math.min(last, this.#last);
    let freed = 0;
    for (const [from, to] of this.#settled.missing(first, end)) freed += this.#countPresent(from, to);
    this.#settled.add(first, end);
    this.#pending -= freed;
    return freed;
  }

  settledRanges(): SequenceRange[] {
    return this.#settled.ranges();
  }

  /** Sequences up to the last frame here, which are neither here nor settled. */
  holes(): SequenceRange[] {
    return this.#present.missing(1, this.#last).flatMap(([from, to]) => this.#settled.missing(from, to));
  }

  /** Pending frames that are not in `found`. */
  pendingWithout(found: SequenceSet): SequenceRange[] {
    return this.#present
      .ranges()
      .flatMap(([first, last]) => this.#settled.missing(first, last))
      .flatMap(([first, last]) => found.missing(first, last));
  }

  /**
   * For `hello`: from the first frame that is pending, or describes what is, to the last frame here. After damage from the
   * first of which nothing is known: the hub's answer tells which of those are lost.
   */
  held(): SequenceRange | null {
    if (this.damaged && this.#pending > 0) {
      const [unknown] = this.#settled.missing(1, this.#last);
      if (unknown !== undefined) return [unknown[0], this.#last];
    }
    let first = this.#introductions[0]?.frame.seq ?? Infinity;
    for (const range of this.#present.ranges()) {
      const [missing] = this.#settled.missing(range[0], range[1]);
      if (missing === undefined) continue;
      first = Math.min(first, missing[0]);
      break;
    }
    return first <= this.#last ? [first, this.#last] : null;
  }

  #keep(introductions: Introduction[]): void {
    this.#introductions = introductions;
    this.#describes = introductions.map(({ frame }) => frame);
  }

  #countPresent(first: number, last: number): number {
    let count = last - first + 1;
    for (const [from, to] of this.#present.missing(first, last)) count -= to - from + 1;
    return count;
  }
}
