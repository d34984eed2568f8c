/**
 * Readings frames as they go over the wire, WebSocket head and mask included, made once and renumbered in place:
 *
 *   82 | 80+length | mask 5a5a5a5a | 87 03 00 1a SSSSSSSS 1b BBBBBBBBBBBBBBBB 00 times values      (masked)
 *                                               sequence    base time, us
 *
 * A client must mask (RFC 6455, section 5.3); the key may be any. One of four equal bytes is legal, costs the server what
 * any other does, and lets a number be masked by itself wherever it stands. Sequence and base are in their longest heads, so
 * that all frames of a slot are of one length: at most three bytes more than a device would send.
 */
import { encodeFrame } from '@weir/protocol';
import { seededEntropy, type Entropy } from '@weir/runtime';

const MASK = 0x5a;
const MASK_WORD = 0x5a5a5a5a;
const SEQ_AT = 4;
const BASE_AT = 9;
/** Between two readings; long past for a device whose clock says `HELLO_MONOTONIC_US`. */
const INTERVAL_US = 1_000_000;
/** A timer's, either way. */
const JITTER_US = 250;
const FIRST_BASE_US = 10 ** 12;
/** What a device's clock says at its hello. */
export const HELLO_MONOTONIC_US = 2 * 10 ** 13;

export class FrameBlock {
  readonly readingsPerFrame: number;
  readonly slots: number;
  readonly #bytes: Buffer<ArrayBuffer>;
  readonly #view: DataView;
  /** Start of each slot's frame, and the end of the last. */
  readonly #starts: Uint32Array;
  /** Start of each slot's payload. */
  readonly #payloads: Uint32Array;

  /** `slots` frames of one channel, each with values of its own. */
  constructor(readingsPerFrame: number, slots: number, seed: number) {
    this.readingsPerFrame = readingsPerFrame;
    this.slots = slots;
    const entropy = seededEntropy(seed);
    const frames = Array.from({ length: slots }, () => payloadOf(readingsPerFrame, entropy));
    this.#starts = new Uint32Array(slots + 1);
    this.#payloads = new Uint32Array(slots);
    const parts: Uint8Array[] = [];
    let length = 0;
    for (const [slot, payload] of frames.entries()) {
      const wired = maskedMessage(payload);
      this.#starts[slot] = length;
      this.#payloads[slot] = length + wired.length - payload.length;
      length += wired.length;
      parts.push(wired);
    }
    this.#starts[slots] = length;
    this.#bytes = Buffer.concat(parts, length);
    this.#view = new DataView(this.#bytes.buffer, this.#bytes.byteOffset, length);
  }

  /** Frames `firstSeq`, `firstSeq + 1` and so on, `count` of them. The bytes are the block's: valid until the next call. */
  frames(firstSeq: number, count: number): Buffer<ArrayBuffer> {
    const view = this.#view;
    const stepUs = INTERVAL_US * this.readingsPerFrame;
    for (let slot = 0; slot < count; slot++) {
      const payload = this.#payloads[slot] ?? 0;
      const seq = firstSeq + slot;
      const baseUs = FIRST_BASE_US + seq * stepUs;
      const high = Math.floor(baseUs / 2 ** 32);
      view.setUint32(payload + SEQ_AT, seq ^ MASK_WORD);
      view.setUint32(payload + BASE_AT, high ^ MASK_WORD);
      view.setUint32(payload + BASE_AT + 4, (baseUs - high * 2 ** 32) ^ MASK_WORD);
    }
    return this.#bytes.subarray(0, this.#starts[count]);
  }

  /** Bytes of WebSocket payload in a frame, on average. */
  get payloadBytes(): number {
    let heads = 0;
    for (let slot = 0; slot < this.slots; slot++)
      heads += (this.#payloads[slot] ?? 0) - (this.#starts[slot] ?? 0);
    return ((this.#starts[this.slots] ?? 0) - heads) / this.slots;
  }
}

/** One binary message as a client sends it. */
export function maskedMessage(payload: Uint8Array, opcode = 2): Buffer<ArrayBuffer> {
  const { length } = payload;
  const extended = length < 126 ? 0 : length < 65_536 ? 2 : 8;
  const head = 2 + extended + 4;
  const message = Buffer.alloc(head + length, MASK);
  message[0] = 0x80 | opcode;
  message[1] = 0x80 | (extended === 0 ? length : extended === 2 ? 126 : 127);
  if (extended === 2) message.writeUInt16BE(length, 2);
  if (extended === 8) message.writeBigUInt64BE(BigInt(length), 2);
  for (let i = 0; i < length; i++) message[head + i] = (payload[i] ?? 0) ^ MASK;
  return message;
}

/** A temperature that wanders, read once a second. */
function payloadOf(readings: number, entropy: Entropy): Uint8Array {
  let hundredths = 2_000 + entropy.integer(0, 500);
  const values = Array.from({ length: readings }, () => (hundredths += entropy.integer(-4, 5)) / 100);
  const times = Array.from(
    { length: readings },
    (_, index) =>
      FIRST_BASE_US + index * INTERVAL_US + (index === 0 ? 0 : entropy.integer(-JITTER_US, JITTER_US + 1)),
  );
  const bytes = encodeFrame({
    type: 'readings',
    epoch: 0,
    seq: 0xffff_ffff,
    columns: [{ channel: 0, times, values }],
  });
  if (bytes[SEQ_AT - 1] !== 0x1a || bytes[BASE_AT - 1] !== 0x1b)
    throw new Error('a readings frame is not laid out as this benchmark expects');
  return bytes;
}
