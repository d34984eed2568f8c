import { decodeFrame } from '@weir/protocol';
import { connectAsync } from 'mqtt';
import type { OpenReceiver } from '../receiver.js';

/** A subscriber of everything at the broker, QoS 1, as a store would be. */
export const openSubscriber: OpenReceiver = async ({ server, prefix }, { saw, failed }) => {
  const client = await connectAsync(`mqtt://${server.host}:${server.port}`, {
    ...{ clientId: `${prefix}-witness`, reconnectPeriod: 0 },
  });
  client.on('error', failed);
  client.on('close', () => failed(new Error('the broker closed the connection of the witness')));
  client.on('message', (topic, payload) => {
    const frame = decodeFrame(payload);
    if (frame.type !== 'readings') return;
    const device = Number(topic.slice(prefix.length));
    for (const { values } of frame.columns)
      for (const value of Array.from<unknown>(values)) saw(device, Number(value));
  });
  await client.subscribeAsync('#', { qos: 1 });
  return {
    async close() {
      client.removeAllListeners('close');
      await client.endAsync(true);
    },
  };
};
