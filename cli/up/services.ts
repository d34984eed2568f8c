/** The half that receives: hub with the embedded store, broker, bridge between them, and a subscriber that counts. */
import { join } from 'node:path';
import { bridgeConfigSchema, startBridge, startBroker, type Bridge } from '@weir/bridge';
import { hubConfigSchema, startHub, type Hub } from '@weir/hub';
import { checkConfig, type Logger } from '@weir/runtime';
import type { Closers } from './closers.js';
import { HubClient, type StoreCount } from './hub-client.js';
import { Subscriber } from './subscriber.js';
import type { Flow } from './live-line.js';
import { deviceNames, type SenderOptions } from './senders.js';

export interface ServiceOptions {
  /** Folder of all state. */
  readonly data: string;
  readonly host: string;
  readonly port: number;
  readonly mqttPort: number;
  readonly logger: Logger;
}

export interface Services {
  readonly hub: Hub;
  readonly client: HubClient;
  readonly bridge: Bridge;
  readonly subscriber: Subscriber;
  /** With the token in the fragment, which browsers do not send to servers. */
  readonly consoleUrl: string;
  readonly mqttUrl: string;
  /** What the store held of these devices before this run. */
  readonly before: StoreCount;
  flow(): Pick<Flow, 'received' | 'stored' | 'published'>;
}

export async function startServices(
  options: ServiceOptions & SenderOptions,
  closers: Closers,
): Promise<Services> {
  const { logger, data, host } = options;
  const broker = closers.add(
    'broker',
    await startBroker({ host, port: options.mqttPort, logger: logger.child({ part: 'broker' }) }),
    (each) => each.close(),
  );
  const hub = closers.add(
    'hub',
    await startHub(
      checkConfig(hubConfigSchema, { data_dir: join(data, 'hub'), listen: { host, port: options.port } }),
      { logger: logger.child({ part: 'hub' }) },
    ),
    (each) => each.close(),
  );
  const bridge = closers.add(
    'bridge',
    await startBridge(
      checkConfig(bridgeConfigSchema, {
        hub: hub.url,
        token: hub.token,
        broker: broker.url,
        cursor_file: join(data, 'bridge', 'cursor'),
      }),
      { logger: logger.child({ part: 'bridge' }) },
    ),
    (each) => each.close(),
  );
  const client = new HubClient(hub.url, hub.token);
  await caughtUp(client, bridge);
  const devices = deviceNames(options.devices);
  const before = await client.count(devices);
  const subscriber = closers.add('subscriber', await Subscriber.connect(broker.url, devices), (each) =>
    each.close(),
  );
  return {
    ...{ hub, client, bridge, subscriber, before },
    consoleUrl: `${hub.url}/#token=${hub.token}`,
    mqttUrl: broker.url,
    flow: watchFlow(client, subscriber, closers),
  };
}

/** Resolves when store and broker hold all that the hub's log holds now: what an earlier run left over included. */
export async function caughtUp(client: HubClient, bridge: Bridge): Promise<void> {
  const { log } = await client.stats();
  await bridge.caughtUp(log.durable);
  for (;;) {
    const { sinks } = await client.stats();
    if (sinks.every((sink) => sink.cursor >= log.durable)) return;
    await new Promise((resolve) => setTimeout(resolve, POLL_MS));
  }
}

const POLL_MS = 100;
const FLOW_EVERY_MS = 500;

function watchFlow(client: HubClient, subscriber: Subscriber, closers: Closers): Services['flow'] {
  let latest = { received: 0, stored: 0 };
  let asking = false;
  const timer = setInterval(() => {
    if (asking) return;
    asking = true;
    client
      .stats()
      .then(({ ingest, sinks }) => (latest = { received: ingest.readings, stored: sinks[0]?.readings ?? 0 }))
      .catch(() => undefined)
      .finally(() => (asking = false));
  }, FLOW_EVERY_MS);
  closers.add('flow', timer, clearInterval);
  return () => ({ ...latest, published: subscriber.counts().readings });
}
