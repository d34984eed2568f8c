/**
 * One device at a hub, as fast as its credit lets it:
 *
 *   hello ──welcome──► describe ──ack──► ready ──start──► readings … ◄──acks, credit
 */
import { decodeFrame, encodeFrame, FrameType } from '@weir/protocol';
import { WeirError } from '@weir/runtime';
import { AnswerReader } from './answer-reader.js';
import { Flights } from './flights.js';
import { HELLO_MONOTONIC_US, type FrameBlock } from './frame-block.js';
import type { WireSocket } from './wire-socket.js';

export interface DeviceParts {
  readonly name: string;
  readonly epoch: number;
  readonly socket: WireSocket;
  readonly nowUs: () => number;
  /** Frames to send from; taken for one write. A block of which bytes still wait in a socket is not given out again. */
  readonly blocks: { take(): FrameBlock; lost(block: FrameBlock): void };
  readonly counts: LoadCounts;
  readonly failed: (error: Error) => void;
}

/** What all devices of a load add to. */
export interface LoadCounts {
  sent: number;
  answered: number;
  bytes: number;
  latency: { record(us: number, count: number): void };
}

const ANSWER = new AnswerReader();
const DESCRIBE_SEQ = 1;

export class WeirDevice {
  readonly name: string;
  readonly ready: Promise<void>;
  readonly #parts: DeviceParts;
  readonly #flights = new Flights();
  readonly #observe: (count: number, sentUs: number) => void;
  #becameReady: () => void = () => undefined;
  #credit = 0;
  #nextSeq = DESCRIBE_SEQ + 1;
  #answered = 0;
  #sending = false;
  #blocked = false;
  #ackedUs = 0;

  constructor(parts: DeviceParts) {
    this.name = parts.name;
    this.#parts = parts;
    const { counts } = parts;
    this.#observe = (count, sentUs) => counts.latency.record(this.#ackedUs - sentUs, count);
    this.ready = new Promise((resolve) => (this.#becameReady = resolve));
    parts.socket.listen({
      message: (bytes) => this.#message(bytes),
      closed: (reason) => this.#fail(reason),
    });
    const epochs = [{ epoch: parts.epoch, held: null, anchor: null, deviceUtcUs: null }];
    parts.socket.send(
      encodeFrame({
        ...{ type: 'hello', version: 1, device: parts.name, agent: 'weir-bench' },
        ...{ monotonicUs: HELLO_MONOTONIC_US, epochs },
      }),
    );
  }

  /** Readings frames that the hub has answered. */
  get answered(): number {
    return this.#answered;
  }

  get unanswered(): number {
    return this.#flights.unanswered;
  }

  start(): void {
    this.#sending = true;
    this.#send();
  }

  stop(): void {
    this.#sending = false;
  }

  #message(bytes: Uint8Array): void {
    const type = ANSWER.begin(bytes);
    if (type === FrameType.ack) return this.#acked();
    if (type === FrameType.welcome) return this.#welcomed(bytes);
    if (type === FrameType.reject || type === FrameType.goodbye)
      this.#fail(`the hub said ${JSON.stringify(decodeFrame(bytes))}`);
  }

  #welcomed(bytes: Uint8Array): void {
    const welcome = decodeFrame(bytes);
    if (welcome.type !== 'welcome') return;
    this.#credit = welcome.credit;
    const channels = [
      { index: 0, name: 'air/temperature', type: 'number' as const, unit: 'Cel', intervalMs: 1_000 },
    ];
    this.#parts.socket.send(encodeFrame({ type: 'describe', epoch: 0, seq: DESCRIBE_SEQ, channels }));
  }

  #acked(): void {
    this.#ackedUs = this.#parts.nowUs();
    this.#credit = ANSWER.next();
    for (let left = ANSWER.ranges; left > 0; left--) {
      ANSWER.next();
      let first = ANSWER.next();
      const last = ANSWER.next();
      if (first === DESCRIBE_SEQ) {
        this.#becameReady();
        first++;
      }
      if (first > last) continue;
      if (!this.#flights.answered(first, last, this.#observe))
        return this.#fail(`an ack of ${first} to ${last}, some of which were not on the way`);
      this.#answered += last - first + 1;
      this.#parts.counts.answered += last - first + 1;
    }
    this.#send();
  }

  #send(): void {
    if (!this.#sending || this.#blocked) return;
    const room = this.#credit - this.#flights.unanswered;
    if (room <= 0) return;
    const { blocks, counts, socket } = this.#parts;
    const block = blocks.take();
    const count = Math.min(room, block.slots);
    const bytes = block.frames(this.#nextSeq, count);
    this.#flights.sent(this.#nextSeq, count, this.#parts.nowUs());
    this.#nextSeq += count;
    counts.sent += count;
    counts.bytes += bytes.length;
    this.#blocked = !socket.write(bytes, () => {
      this.#blocked = false;
      this.#send();
    });
    if (this.#blocked) blocks.lost(block);
  }

  #fail(reason: string): void {
    this.#parts.failed(new WeirError('bench.refused', `${this.name}: ${reason}`));
  }
}
