import { WeirError } from '@weir/runtime';
import type { Link } from '../../../../network/link.js';
import type { SubscriberMethods } from '../../../../load/subscriber-process.js';
import { processUse } from '../../../../measure/process-meter.js';
import { Child } from '../../../../processes/child.js';
import { SUBSCRIBER_PROCESS } from '../../../../processes/scripts.js';
import { startMosquitto } from '../../../../servers/mosquitto.js';
import { untilDelivered } from '../../../ingest/mosquitto-arm.js';
import { DRAIN_S, type Loaded } from './loaded.js';

/** mosquitto with one subscriber that takes everything, as a hub's store does. Rejects with `bench.child_failed`. */
export async function startLoadedBroker(
  mosquitto: string | null,
  link: Link,
  dir: string,
  signal: AbortSignal,
): Promise<Loaded> {
  if (mosquitto === null) throw new WeirError('bench.child_failed', 'mosquitto is not installed');
  const { address: host, exec } = link.hub;
  const broker = await startMosquitto({ command: [...exec, mosquitto], dir, signal, host, noDelay: true });
  const subscriber = new Child<SubscriberMethods>(SUBSCRIBER_PROCESS, { signal, exec });
  const end = async (): Promise<void> => {
    await Promise.all([subscriber.end(), broker.end()]);
  };
  try {
    await subscriber.call('subscribe', { host, port: broker.port });
    return {
      ...{ kind: 'mqtt', pid: broker.pid, use: () => processUse(broker.pid), end },
      far: { ...(await link.reach(broker.port)), token: '' },
      async stored(answered) {
        const messages = [...answered.values()].reduce((sum, each) => sum + each, 0);
        await untilDelivered(subscriber, messages, { drainS: DRAIN_S }, signal);
      },
    };
  } catch (error) {
    await end();
    throw error;
  }
}
