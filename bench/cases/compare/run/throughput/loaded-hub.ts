import { join } from 'node:path';
import type { Link } from '../../../../network/link.js';
import type { LoadOrder } from '../../../../load/load.js';
import { processUse } from '../../../../measure/process-meter.js';
import { Child } from '../../../../processes/child.js';
import { HUB_PROCESS } from '../../../../processes/scripts.js';
import type { HubMethods } from '../../../../servers/hub-process.js';
import { checkStored, untilStored, type HubMark } from '../../../ingest/kept.js';
import { hubConfig } from '../../../ingest/weir-arm.js';
import { DRAIN_S, type Loaded } from './loaded.js';

/** A hub as the ingest benchmark has it, log and store. Rejects with `bench.child_failed`. */
export async function startLoadedHub(
  kind: LoadOrder['kind'],
  readingsPerFrame: number,
  link: Link,
  dir: string,
  signal: AbortSignal,
): Promise<Loaded> {
  const hub = new Child<HubMethods>(HUB_PROCESS, {
    ...{ signal, exec: link.hub.exec },
    // As the `weir` command has it: fsync must not wait for the store's threads.
    env: { UV_THREADPOOL_SIZE: '8' },
  });
  const use = (): HubMark['use'] => processUse(hub.pid);
  const mark = async (): Promise<HubMark> => {
    return { atUs: performance.now() * 1000, use: use(), stats: await hub.call('stats') };
  };
  try {
    const { port, token } = await hub.call('start', {
      ...hubConfig(join(dir, 'hub'), true),
      listen: { host: link.hub.address, port: 0 },
    });
    return {
      ...{ kind, pid: hub.pid, use },
      far: { ...(await link.reach(port)), token },
      async stored(answered) {
        const { stats } = await untilStored(mark, await mark(), { drainS: DRAIN_S }, signal);
        const countOf = (device: string): ReturnType<HubMethods['stored']> => hub.call('stored', device);
        await checkStored({ stats, countOf, answered, readingsPerFrame });
      },
      end: () => hub.end(),
    };
  } catch (error) {
    await hub.end();
    throw error;
  }
}
