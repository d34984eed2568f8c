/**
 * A consumer at an MQTT broker, as a store would be: a session that the broker keeps, QoS 1, every packet acknowledged; a child
 * of the benchmark.
 */
import { serve } from '../processes/serve.js';
import type { Server } from './wire-socket.js';
import { MqttClient, Packet, subscribePacket } from './mqtt-client.js';

const PUBACK_BYTES = 4;
let received = 0;
let fault: string | null = null;

/** PUBACKs of one read, sent together. */
class Pubacks {
  #bytes = Buffer.alloc(65_536);
  #length = 0;

  add(id: number): void {
    if (this.#length + PUBACK_BYTES > this.#bytes.length)
      this.#bytes = Buffer.concat([this.#bytes, Buffer.alloc(this.#bytes.length)]);
    this.#bytes.writeUInt16BE(0x4002, this.#length);
    this.#bytes.writeUInt16BE(id, this.#length + 2);
    this.#length += PUBACK_BYTES;
  }

  take(): Buffer | null {
    if (this.#length === 0) return null;
    const bytes = Buffer.from(this.#bytes.subarray(0, this.#length));
    this.#length = 0;
    return bytes;
  }
}

const methods = {
  /** Resolves when subscribed to everything. */
  subscribe: async (broker: Pick<Server, 'host' | 'port'>): Promise<void> => {
    const pubacks = new Pubacks();
    let subscribed: () => void = () => undefined;
    const ready = new Promise<void>((resolve) => (subscribed = resolve));
    const client = await MqttClient.connect(broker, 'bench-store', false, {
      packet: (type, body) => {
        if (type === Packet.suback) subscribed();
        if (type !== Packet.publish) return;
        received++;
        pubacks.add(body.readUInt16BE(2 + body.readUInt16BE(0)));
      },
      flush: () => {
        const bytes = pubacks.take();
        if (bytes !== null) client.write(bytes);
      },
      closed: (reason) => (fault = reason),
    });
    client.write(subscribePacket('#'));
    await ready;
  },
  /** Messages delivered so far. */
  received: (): number => {
    if (fault !== null) throw new Error(`the subscriber: ${fault}`);
    return received;
  },
};
export type SubscriberMethods = typeof methods;

serve(methods);
