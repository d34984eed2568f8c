/**
 * Which messages the broker has taken over, as seen on the wire between bridge and broker: MQTT 5 (OASIS), PUBLISH at
 * QoS 1 (section 3.3) towards the broker and PUBACK (3.4) from it. Where the bridge's duty ends and the broker's begins.
 */
import type { Tap } from './link-proxy.js';
import { readingName, mqttReading } from './mqtt-message.js';

const PacketType = {
  publish: 3,
  puback: 4,
} as const;
const REFUSED = 0x80;

export class MqttTap {
  /** Readings that the broker acknowledged, by `DEVICE VALUE`. */
  readonly taken = new Set<string>();
  /** Readings sent on the present connection and not acknowledged. */
  #unanswered = new Map<number, string>();

  get unanswered(): number {
    return this.#unanswered.size;
  }

  connection(): Tap {
    const sent = (this.#unanswered = new Map<number, string>());
    return {
      fromClient: packets((type, flags, body) => {
        if (type !== PacketType.publish || ((flags >> 1) & 3) === 0) return;
        const { topic, id, payload } = publish(body);
        const reading = mqttReading(topic, payload);
        if (reading === null) sent.delete(id);
        else sent.set(id, readingName(reading.device, reading.key));
      }),
      fromServer: packets((type, _flags, body) => {
        if (type !== PacketType.puback) return;
        const id = body.readUInt16BE(0);
        const name = sent.get(id);
        const reason = body.length > 2 ? body.readUInt8(2) : 0;
        if (name !== undefined && reason < REFUSED) this.taken.add(name);
        sent.delete(id);
      }),
    };
  }
}

function publish(body: Buffer): { topic: string; id: number; payload: string } {
  const topicEnd = 2 + body.readUInt16BE(0);
  const properties = variableInteger(body, topicEnd + 2);
  if (properties === null) throw new Error('a PUBLISH without properties');
  return {
    topic: body.toString('utf8', 2, topicEnd),
    id: body.readUInt16BE(topicEnd),
    payload: body.toString('utf8', properties.end + properties.value),
  };
}

/** Cuts a stream of bytes into packets. */
function packets(each: (type: number, flags: number, body: Buffer) => void): (bytes: Buffer) => void {
  let rest: Buffer = Buffer.alloc(0);
  return (bytes) => {
    rest = rest.length === 0 ? bytes : Buffer.concat([rest, bytes]);
    for (;;) {
      const length = rest.length < 2 ? null : variableInteger(rest, 1);
      if (length === null || rest.length < length.end + length.value) return;
      const first = rest.readUInt8(0);
      each(first >> 4, first & 15, rest.subarray(length.end, length.end + length.value));
      rest = rest.subarray(length.end + length.value);
    }
  };
}

/** Section 1.5.5: seven bits a byte, least significant first. Null when it is not all there yet. */
function variableInteger(bytes: Buffer, start: number): { value: number; end: number } | null {
  let value = 0;
  for (let i = 0; i < 4; i++) {
    const byte = bytes[start + i];
    if (byte === undefined) return null;
    value += (byte & 0x7f) * 2 ** (7 * i);
    if (byte < 0x80) return { value, end: start + i + 1 };
  }
  throw new Error('a variable integer of more than four bytes');
}
