/** PUBLISH packets of MQTT 3.1.1, QoS 1, that carry the same frames as the WebSocket does, each device to its own topic. */
import { FrameBlock } from './frame-block.js';

const PUBLISH_QOS_1 = 0x32;
const TOPIC = 'bench-00000/air/temperature';
const DIGITS_AT = TOPIC.indexOf('0');
const DIGITS = 5;
/** Packet ids are 1 to this and then 1 again; far more than are ever on the way. */
export const PACKET_IDS = 60_000;

export class PublishBlock {
  readonly #block: FrameBlock;

  constructor(readingsPerFrame: number, slots: number, seed: number) {
    this.#block = new FrameBlock(readingsPerFrame, slots, seed, { message: publish, mask: 0 });
  }

  get slots(): number {
    return this.#block.slots;
  }

  /** Packets of the device of that number; see `FrameBlock.messages`. */
  messages(device: number, firstSeq: number, count: number): Buffer<ArrayBuffer> {
    const bytes = this.#block.messages(firstSeq, count);
    const digits = Buffer.from(String(device).padStart(DIGITS, '0'));
    for (let slot = 0; slot < count; slot++) {
      const payload = this.#block.payloadAt(slot);
      bytes.set(digits, payload - 2 - TOPIC.length + DIGITS_AT);
      bytes.writeUInt16BE(packetIdOf(firstSeq + slot), payload - 2);
    }
    return bytes;
  }
}

export function packetIdOf(seq: number): number {
  return 1 + (seq % PACKET_IDS);
}

function publish(payload: Uint8Array): Uint8Array {
  const topic = Buffer.from(TOPIC);
  const rest = Buffer.alloc(2 + topic.length + 2);
  rest.writeUInt16BE(topic.length, 0);
  topic.copy(rest, 2);
  return Buffer.concat([
    Buffer.from([PUBLISH_QOS_1, ...remainingLength(rest.length + payload.length)]),
    rest,
    payload,
  ]);
}

/** MQTT's variable byte integer, MQTT 3.1.1 section 2.2.3. */
export function remainingLength(value: number): number[] {
  return value < 128 ? [value] : [0x80 | (value % 128), ...remainingLength(Math.floor(value / 128))];
}
