/**
 * Readings frames as they go over the wire, made once and renumbered in place:
 *
 *   head of the message | 87 03 00 1a SSSSSSSS 1b BBBBBBBBBBBBBBBB 00 times values      (perhaps masked)
 *                               epoch sequence    base time, us
 *
 * Sequence and base are in their longest heads, so that all frames of a slot are of one length: at most three bytes more than
 * a device would send.
 */
import { encodeFrame } from '@weir/protocol';
import { seededEntropy, type Entropy } from '@weir/runtime';

/** How a protocol carries a frame. */
export interface Wrap {
  /** The whole message; the frame is at its end. */
  readonly message: (payload: Uint8Array) => Uint8Array;
  /** What each four bytes of the frame are XORed with; four equal bytes. */
  readonly mask: number;
}

/** Of the sequence's number behind the epoch, and of the base's behind that. */
const SEQ_AFTER = 1;
const BASE_AFTER = 5;
/** Head of array and type are before the epoch. */
const EPOCH_AT = 2;
/** An id is a number of eight bytes with its head. */
const EPOCH_ID_BYTES = 9;
/** Between two readings; long past for a device whose clock says `HELLO_MONOTONIC_US`. */
const INTERVAL_US = 1_000_000;
/** A timer's, either way. */
const JITTER_US = 250;
const FIRST_BASE_US = 10 ** 12;
/** What a device's clock says at its hello. */
export const HELLO_MONOTONIC_US = 2 * 10 ** 13;

export class FrameBlock {
  readonly slots: number;
  readonly #stepUs: number;
  readonly #mask: number;
  readonly #seqAt: number;
  readonly #bytes: Buffer<ArrayBuffer>;
  readonly #view: DataView;
  /** Start of each slot's message, and the end of the last. */
  readonly #starts: Uint32Array;
  /** Start of each slot's frame. */
  readonly #payloads: Uint32Array;

  /** `slots` frames of one channel, each with values of its own. `epoch` is an index in the session, or an id. */
  constructor(readingsPerFrame: number, slots: number, seed: number, { message, mask }: Wrap, epoch = 0) {
    this.slots = slots;
    this.#seqAt = EPOCH_AT + (epoch === 0 ? 1 : EPOCH_ID_BYTES) + SEQ_AFTER;
    this.#stepUs = INTERVAL_US * readingsPerFrame;
    this.#mask = mask;
    this.#starts = new Uint32Array(slots + 1);
    this.#payloads = new Uint32Array(slots);
    const entropy = seededEntropy(seed);
    const messages: Uint8Array[] = [];
    for (let slot = 0, length = 0; slot < slots; slot++) {
      const payload = payloadOf(readingsPerFrame, entropy, epoch, this.#seqAt);
      const whole = message(payload);
      length += whole.length;
      this.#payloads[slot] = length - payload.length;
      this.#starts[slot + 1] = length;
      messages.push(whole);
    }
    this.#bytes = Buffer.concat(messages);
    this.#view = new DataView(this.#bytes.buffer, this.#bytes.byteOffset, this.#bytes.length);
  }

  /** Messages `firstSeq`, `firstSeq + 1` and so on, `count` of them. The bytes are the block's: valid until the next call. */
  messages(firstSeq: number, count: number): Buffer<ArrayBuffer> {
    const [view, mask] = [this.#view, this.#mask];
    for (let slot = 0; slot < count; slot++) {
      const number = (this.#payloads[slot] ?? 0) + this.#seqAt;
      const seq = firstSeq + slot;
      const baseUs = FIRST_BASE_US + seq * this.#stepUs;
      const high = Math.floor(baseUs / 2 ** 32);
      view.setUint32(number, seq ^ mask);
      view.setUint32(number + BASE_AFTER, high ^ mask);
      view.setUint32(number + BASE_AFTER + 4, (baseUs - high * 2 ** 32) ^ mask);
    }
    return this.#bytes.subarray(0, this.#starts[count]);
  }

  /** Where the frame of a slot begins in what `messages` gives. */
  payloadAt(slot: number): number {
    return this.#payloads[slot] ?? 0;
  }
}

/** A temperature that wanders, read once a second. */
function payloadOf(readings: number, entropy: Entropy, epoch: number, seqAt: number): Uint8Array {
  let hundredths = 2_000 + entropy.integer(0, 500);
  const values = Array.from({ length: readings }, () => (hundredths += entropy.integer(-4, 5)) / 100);
  const jitterUs = (): number => entropy.integer(-JITTER_US, JITTER_US + 1);
  const times = values.map((_, at) => FIRST_BASE_US + at * INTERVAL_US + (at === 0 ? 0 : jitterUs()));
  const columns = [{ channel: 0, times, values }];
  const bytes = encodeFrame({ type: 'readings', epoch, seq: 0xffff_ffff, columns });
  if (bytes[seqAt - 1] !== 0x1a || bytes[seqAt + BASE_AFTER - 1] !== 0x1b)
    throw new Error('a readings frame is not laid out as this benchmark expects');
  return bytes;
}
