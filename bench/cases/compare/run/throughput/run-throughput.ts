/**
 * A run without a rate: devices send as much as the server takes, messages prepared beforehand, so that the server is what is
 * measured. One connection each: over WebSocket as many frames on the way as the hub's credit lets, over HTTP one request, over
 * MQTT as many messages as a hub's credit would let.
 *
 *   connect ──► warm-up ──► window: readings a second ──► stop ──► all that was sent is acknowledged ──► and stored
 *      └────────────── CPU and packets: of all of it, by all its readings ─────────────────────────────────────┘
 */
import { mkdtemp, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { WeirError } from '@weir/runtime';
import type { LoadMethods } from '../../../../load/load-process.js';
import type { LoadOrder } from '../../../../load/load.js';
import { processUse } from '../../../../measure/process-meter.js';
import { LOOPBACK } from '../../../../network/impairments.js';
import { openLink, type Link } from '../../../../network/link.js';
import type { Trace } from '../../../../network/trace.js';
import { Child } from '../../../../processes/child.js';
import { LOAD_PROCESS } from '../../../../processes/scripts.js';
import { creditOf } from '../../../ingest/credit.js';
import { measureWindow } from '../../../ingest/window.js';
import type { RunRecord } from '../../record.js';
import type { Method, RunPlan } from '../../scenario.js';
import type { Lab } from '../lab.js';
import { startLoadedBroker } from './loaded-broker.js';
import { startLoadedHub } from './loaded-hub.js';
import type { Loaded } from './loaded.js';
import { throughputRecord, type ThroughputFindings } from './throughput-record.js';

const KINDS: Partial<Record<Method, LoadOrder['kind']>> = {
  ...{ ws: 'weir', 'post-kept': 'post-kept', 'post-new': 'post-new', mqtt: 'mqtt' },
};
/** Seeds of a load's epochs; larger ones would not fit them. */
const SEED_END = 2 ** 20;

/** Rejects with `bench.*`; with `bench.wrong_count` unless stored is acknowledged is sent. */
export async function runThroughput(plan: RunPlan, lab: Lab): Promise<RunRecord> {
  const startedAt = new Date().toISOString();
  const kind = kindOf(plan);
  const isDirect = plan.scenario.network.name === LOOPBACK.name;
  const { link, achieved } = isDirect
    ? { link: await directLink(plan, lab), achieved: null }
    : await lab.linkWith(plan.scenario.network, plan.seed);
  const dir = await mkdtemp(join(lab.dir, 'run-'));
  let server: Loaded | null = null;
  try {
    server = await (kind === 'mqtt'
      ? startLoadedBroker(lab.mosquitto, link, dir, lab.signal)
      : startLoadedHub(kind, plan.scenario.readingsPerMessage, link, dir, lab.signal));
    const found = await flood(plan, server, link, lab.signal);
    return throughputRecord(plan, startedAt, achieved, found);
  } finally {
    await server?.end();
    if (isDirect) await link.close();
    await rm(dir, { recursive: true, force: true });
  }
}

function kindOf({ scenario: { direction, method, noDelay } }: RunPlan): LoadOrder['kind'] {
  const kind = KINDS[method];
  if (kind !== undefined && direction === 'uplink' && noDelay) return kind;
  const what = `${direction} by ${method}${noDelay ? '' : ' with Nagle’s algorithm'}`;
  throw new WeirError('bench.child_failed', `nobody measures the throughput of ${what}`);
}

function directLink({ scenario, seed }: RunPlan, { signal }: Lab): Promise<Link> {
  return openLink(scenario.network, { seed, signal, mode: 'direct' });
}

async function flood(
  { scenario, seed, warmupS, measuredS }: RunPlan,
  server: Loaded,
  link: Link,
  signal: AbortSignal,
): Promise<ThroughputFindings> {
  const { devices: connections, readingsPerMessage: readingsPerFrame } = scenario;
  const load = new Child<LoadMethods>(LOAD_PROCESS, { signal, exec: link.device.exec });
  try {
    const order = { connections, readingsPerFrame, seed: seed % SEED_END, window: creditOf(connections) };
    await load.call('connect', {
      ...{ ...order, kind: server.kind, server: server.far },
      ...{ framesPerS: null, progressPort: 0 },
    });
    if (link.mode !== 'direct') await link.startTrace();
    const [serverBefore, loadBefore] = [server.use(), processUse(load.pid)];
    const measured = { load, serverPid: server.pid, markServer: () => Promise.resolve(null) };
    const { before, after } = await measureWindow(measured, { warmUpS: warmupS, seconds: measuredS }, signal);
    const last = await load.call('stop');
    const loadAfter = processUse(load.pid);
    const trace: Trace | null = link.mode === 'direct' ? null : await link.takeTrace();
    if (last.answered !== last.sent)
      throw new WeirError('bench.wrong_count', `${last.sent} messages sent, ${last.answered} acknowledged`);
    await server.stored(await load.call('answeredByDevice'));
    return {
      messages: last.answered,
      perS: ((after.load.answered - before.load.answered) * 1e6) / (after.load.atUs - before.load.atUs),
      cpu: { clientS: loadAfter.cpuS - loadBefore.cpuS, hubS: server.use().cpuS - serverBefore.cpuS },
      trace,
    };
  } finally {
    await load.end();
  }
}
