import { mkdtemp, rm } from 'node:fs/promises';
import { join } from 'node:path';
import type { HubConfigInput } from '@weir/hub';
import type { LoadMethods } from '../../load/load-process.js';
import { processUse } from '../../measure/process-meter.js';
import { Child } from '../../processes/child.js';
import { HUB_PROCESS, LOAD_PROCESS } from '../../processes/scripts.js';
import type { HubMethods, StoredCount } from '../../servers/hub-process.js';
import type { ArmName, ArmOrder, ArmRun, RunArm } from './arm.js';
import { answeredRun } from './arm-run.js';
import { checkStored, keptOf, untilStored, type HubMark } from './kept.js';
import { nodeFlags } from './profile.js';
import { measureWindow } from './window.js';

/**
 * What differs from a hub as it comes: any port, a folder of its own, no waiting line for new connections, a log that keeps
 * everything (what it drops unread the store could not be asked for), and no readings of the hub itself among the others.
 */
export function hubConfig(dataDir: string, stores: boolean): HubConfigInput {
  return {
    listen: { port: 0 },
    data_dir: dataDir,
    limits: { connects_per_second: 100_000 },
    log: { retention: { bytes: null } },
    vitals: { interval: 0 },
    stores: { duckdb: { enabled: stores } },
  };
}

/** The hub with everything on. */
export const runWeir: RunArm = (order, context) => runHub('weir', order, context.signal);

/** The hub with its log alone: what is left to it when the store has a core of its own. */
export const runWeirWithoutStores: RunArm = (order, context) =>
  runHub('weir-without-stores', order, context.signal);

/** The same at a fixed rate, which is no load to speak of: what an acknowledgement takes then. */
export const runWeirPaced: RunArm = (order, context) => runHub('weir-paced', order, context.signal);

async function runHub(arm: ArmName, order: ArmOrder, signal: AbortSignal): Promise<ArmRun> {
  const stores = arm !== 'weir-without-stores';
  const dir = await mkdtemp(join(order.dir, 'weir-bench-'));
  const hub = new Child<HubMethods>(HUB_PROCESS, {
    signal,
    // As the `weir` command has it: fsync must not wait for the store's threads.
    env: { UV_THREADPOOL_SIZE: '8' },
    execArgv: nodeFlags(order, arm),
  });
  const load = new Child<LoadMethods>(LOAD_PROCESS, { signal });
  try {
    const { port, token } = await hub.call('start', hubConfig(dir, stores));
    const { connections, readingsPerFrame, seed, framesPerS } = order;
    await load.call('connect', {
      ...{ kind: 'weir', connections, readingsPerFrame, seed, framesPerS, window: 0, progressPort: 0 },
      server: { host: '127.0.0.1', port, token },
    });
    const markServer = async (): Promise<HubMark> => ({
      atUs: performance.now() * 1000,
      use: processUse(hub.pid),
      stats: await hub.call('stats'),
    });
    const begin = await markServer();
    const measured = { load, serverPid: hub.pid, markServer };
    const window = await measureWindow(measured, order, signal);
    const last = await load.call('stop');
    const acked = await markServer();
    const end = await untilStored(markServer, acked, order, signal);
    const answered = await load.call('answeredByDevice');
    const countOf = (device: string): Promise<StoredCount> => hub.call('stored', device);
    if (stores) await checkStored({ stats: end.stats, countOf, answered, readingsPerFrame });
    const kept = keptOf(last.answered * readingsPerFrame, begin, acked, end);
    return answeredRun(arm, order, window, hub.pid, kept);
  } finally {
    await Promise.all([load.end(), hub.end()]);
    await rm(dir, { recursive: true, force: true });
  }
}
