/**
 * One connection's messages: as many on the way as its window lets, or each when its time has come; and from write to answer,
 * how long each took.
 */
import type { Latency } from '../measure/latency.js';
import type { Blocks } from './blocks.js';
import { Flights } from './flights.js';

/** What all connections of a load add to. */
export interface LoadCounts {
  sent: number;
  answered: number;
  bytes: number;
  readonly latency: Latency;
}

export interface SenderParts<B extends { readonly slots: number }> {
  readonly blocks: Blocks<B>;
  /** The messages from `first` on, from a block. */
  readonly messages: (block: B, first: number, count: number) => Buffer;
  readonly write: (bytes: Buffer, drained: () => void) => boolean;
  readonly counts: LoadCounts;
  readonly firstSeq: number;
}

/** Sends nothing more than these at a time: when all have answers, the load has ended. */
export class Sender<B extends { readonly slots: number }> {
  /** Messages that may be unanswered. */
  window = 0;
  readonly #parts: SenderParts<B>;
  readonly #flights = new Flights();
  #nextSeq: number;
  #answered = 0;
  #flooding = false;
  /** Bytes wait in the socket. */
  #blocked = false;
  /** Paced messages that could not go at their time. */
  readonly #late: number[] = [];

  constructor(parts: SenderParts<B>) {
    this.#parts = parts;
    this.#nextSeq = parts.firstSeq;
  }

  get answered(): number {
    return this.#answered;
  }

  /** Nothing is on the way or waits to be. */
  get idle(): boolean {
    return this.#flights.unanswered === 0 && this.#late.length === 0;
  }

  /** From here on as much as the window lets. */
  flood(): void {
    this.#flooding = true;
    this.send();
  }

  stop(): void {
    this.#flooding = false;
  }

  /** One message is due at `dueUs`: its latency counts from then, whenever it goes. */
  due(dueUs: number): void {
    this.#late.push(dueUs);
    this.send();
  }

  /** Messages `first` to `last` were answered. False when one was not on the way. */
  take(first: number, last: number, nowUs: number): boolean {
    const { counts } = this.#parts;
    const known = this.#flights.answered(first, last, (count, sentUs) =>
      counts.latency.record(nowUs - sentUs, count),
    );
    this.#answered += last - first + 1;
    counts.answered += last - first + 1;
    return known;
  }

  /** Whatever can go now. */
  send(): void {
    if (this.#blocked) return;
    const room = this.window - this.#flights.unanswered;
    const wanted = this.#flooding ? room : Math.min(room, this.#late.length);
    if (wanted > 0) this.#write(wanted);
  }

  #write(wanted: number): void {
    const { blocks, messages, write, counts } = this.#parts;
    const block = blocks.take();
    const count = Math.min(wanted, block.slots);
    const bytes = messages(block, this.#nextSeq, count);
    if (this.#flooding) this.#flights.sent(this.#nextSeq, count, performance.now() * 1000);
    else this.#late.splice(0, count).forEach((dueUs, at) => this.#flights.sent(this.#nextSeq + at, 1, dueUs));
    this.#nextSeq += count;
    counts.sent += count;
    counts.bytes += bytes.length;
    this.#blocked = !write(bytes, () => {
      this.#blocked = false;
      this.send();
    });
    if (this.#blocked) blocks.lost(block);
  }
}
