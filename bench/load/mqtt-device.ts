/** One publisher at an MQTT broker: QoS 1, a window of packets without PUBACK. */
import { WeirError } from '@weir/runtime';
import type { DeviceOrder, LoadDevice } from './answered-load.js';
import { Blocks } from './blocks.js';
import { deviceName } from './load.js';
import { MqttClient, Packet } from './mqtt-client.js';
import { packetIdOf, PublishBlock } from './publish-block.js';
import { Sender } from './sender.js';

const SLOTS = 256;

/** Connects all publishers of an order. */
export function openMqttDevices(given: DeviceOrder): Promise<LoadDevice[]> {
  const { connections, readingsPerFrame, seed } = given.order;
  const blocks = new Blocks(seed, (each) => new PublishBlock(readingsPerFrame, SLOTS, each));
  return Promise.all(Array.from({ length: connections }, (_, index) => openOne(index + 1, blocks, given)));
}

async function openOne(
  number: number,
  blocks: Blocks<PublishBlock>,
  { order, counts, fault }: DeviceOrder,
): Promise<LoadDevice> {
  const name = deviceName(number);
  const fail = (reason: string): void => fault.raise(new WeirError('bench.refused', `${name}: ${reason}`));
  // A broker answers in the order in which it got them (MQTT 3.1.1, section 4.6): a run of PUBACKs is a range.
  let nextAck = 1;
  let acked = 1;
  const client = await MqttClient.connect(order.server, name, true, {
    packet: (type, body) => {
      if (type !== Packet.puback || body.readUInt16BE(0) !== packetIdOf(acked))
        fail(`packet of type ${type}, not the PUBACK of ${packetIdOf(acked)}`);
      acked++;
    },
    flush: () => {
      if (acked === nextAck) return;
      if (!sender.take(nextAck, acked - 1, performance.now() * 1000)) fail('a PUBACK of what was not sent');
      nextAck = acked;
      sender.send();
    },
    closed: fail,
  });
  const sender = new Sender({
    ...{ blocks, counts, firstSeq: 1 },
    messages: (block, first, count) => block.messages(number, first, count),
    write: (bytes, drained) => client.write(bytes, drained),
  });
  sender.window = order.window;
  return { name, sender };
}
