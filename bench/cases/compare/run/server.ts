/** What a run's messages go to, at the hub's end of the link: a hub as it comes, or a broker. */
import { join } from 'node:path';
import type { Link } from '../../../network/link.js';
import { processUse } from '../../../measure/process-meter.js';
import { Child } from '../../../processes/child.js';
import { HUB_PROCESS } from '../../../processes/scripts.js';
import type { HubMethods } from '../../../servers/hub-process.js';
import { startMosquitto } from '../../../servers/mosquitto.js';
import { WeirError } from '@weir/runtime';
import type { Method, Scenario } from '../scenario.js';
import type { Lab } from './lab.js';
import type { Servers } from './play.js';

export interface RunningServer extends Servers {
  end(): Promise<void>;
}

export function overTls(method: Method): boolean {
  return method === 'wss' || method.startsWith('posts-');
}

/** Starts it with its data in `dir`. Rejects with `bench.child_failed`. */
export function startServer(scenario: Scenario, lab: Lab, link: Link, dir: string): Promise<RunningServer> {
  return scenario.method === 'mqtt'
    ? startBroker(scenario, lab, link, dir)
    : startHub(scenario, lab, link, dir);
}

async function startHub(
  { method, noDelay }: Scenario,
  lab: Lab,
  link: Link,
  dir: string,
): Promise<RunningServer> {
  const hub = new Child<HubMethods>(HUB_PROCESS, {
    ...{ signal: lab.signal, exec: link.hub.exec },
    // As the `weir` command has it: fsync must not wait for the store's threads.
    env: { UV_THREADPOOL_SIZE: '8' },
  });
  try {
    if (!noDelay) await hub.call('nagle');
    const certificate = overTls(method) ? await lab.certificateFor(link.hub.address) : null;
    const { port, token } = await hub.call('start', {
      listen: { host: link.hub.address, port: 0, tls: certificate },
      data_dir: join(dir, 'hub'),
    });
    const tls = certificate !== null;
    return {
      near: { host: link.hub.address, port, tls, token },
      far: { ...(await link.reach(port)), tls, token },
      cpuS: () => hub.call('cpuS'),
      end: () => hub.end(),
    };
  } catch (error) {
    await hub.end();
    throw error;
  }
}

async function startBroker(
  { noDelay }: Scenario,
  { mosquitto, signal }: Lab,
  link: Link,
  dir: string,
): Promise<RunningServer> {
  if (mosquitto === null) throw new WeirError('bench.child_failed', 'mosquitto is not installed');
  const broker = await startMosquitto({
    command: [...link.hub.exec, mosquitto],
    ...{ dir, signal, host: link.hub.address, noDelay },
  });
  try {
    const { host, port } = await link.reach(broker.port);
    return {
      near: { host: link.hub.address, port: broker.port, tls: false, token: '' },
      far: { host, port, tls: false, token: '' },
      cpuS: () => processUse(broker.pid).mainCpuS,
      end: () => broker.end(),
    };
  } catch (error) {
    await broker.end();
    throw error;
  }
}
