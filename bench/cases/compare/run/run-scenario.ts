/**
 * One run of the comparison, in processes of its own:
 *
 *                 device's end          link          hub's end
 *   uplink        sender        ─── readings ───►    server ──► witness
 *   display       receiver      ◄── readings ────    server ◄── sender, near sensors
 *   command       receiver      ◄── commands ────    server ◄── sender, the operator
 *
 * Who is at the device's end is the client: the other one stands beside the server, where nothing delays it.
 */
import { mkdtemp, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { systemClock, WeirError } from '@weir/runtime';
import { growthBetween, until } from '../../../measure/cpu.js';
import type { End } from '../../../network/link.js';
import { Child, type Methods } from '../../../processes/child.js';
import {
  COMMANDED_PROCESS,
  OPERATOR_PROCESS,
  DISPLAY_PROCESS,
  SENSOR_PROCESS,
  UPLINK_PROCESS,
  WITNESS_PROCESS,
} from '../../../processes/scripts.js';
import type { Assignment } from '../clients/assignment.js';
import type { ReceiverResult } from '../clients/receiver.js';
import type { ReceiverMethods } from '../clients/serve-receiver.js';
import type { SenderMethods } from '../clients/serve-sender.js';
import type { SenderResult } from '../clients/sender.js';
import type { RunRecord } from '../record.js';
import type { Direction, RunPlan } from '../scenario.js';
import { Schedule } from '../schedule.js';
import { Lab, type ProbedLink } from './lab.js';
import { recordOf } from './run-findings.js';
import { overTls, startServer, type RunningServer } from './server.js';

/** Time for all to connect, greetings included. */
const CONNECT_MS = 60_000;
/** From when the processes are told until the run begins: they hear of it a little apart. */
const LEAD_US = 300_000;

/** The processes that a direction needs beside the server. */
interface Cast {
  readonly sender: URL;
  readonly receiver: URL;
  readonly client: 'sender' | 'receiver';
  /** Sees beside the server what the receiver sees across the link, where that tells the link apart from the rest. */
  readonly witness?: URL;
}

const CASTS: Partial<Record<Direction, Cast>> = {
  uplink: { sender: UPLINK_PROCESS, receiver: WITNESS_PROCESS, client: 'sender' },
  command: { sender: OPERATOR_PROCESS, receiver: COMMANDED_PROCESS, client: 'receiver' },
  display: {
    sender: SENSOR_PROCESS,
    receiver: DISPLAY_PROCESS,
    client: 'receiver',
    witness: WITNESS_PROCESS,
  },
};

/** What the processes of a run found. */
export interface RunFindings {
  readonly startUs: number;
  readonly sender: SenderResult;
  readonly receiver: ReceiverResult;
  readonly witness: ReceiverResult | null;
  readonly serverCpuS: number;
}

/**
 * Rejects with `bench.*` where any part of the run failed: there is no record of half a run. All that it started has ended
 * when it resolves or rejects.
 */
export async function runScenario(plan: RunPlan, lab: Lab): Promise<RunRecord> {
  lab.signal.throwIfAborted();
  const startedAt = new Date().toISOString();
  const probed = await lab.linkWith(plan.scenario.network, plan.seed);
  const dir = await mkdtemp(join(lab.dir, 'run-'));
  let server: RunningServer | null = null;
  try {
    server = await startServer(plan.scenario, lab, probed.link, dir);
    await probed.link.startTrace();
    const found = await play(plan, lab, probed, server);
    const trace = await probed.link.takeTrace();
    return recordOf(plan, startedAt, probed.achieved, found, trace, lab.profiles);
  } finally {
    await server?.end();
    await rm(dir, { recursive: true, force: true });
  }
}

async function play(
  plan: RunPlan,
  lab: Lab,
  { link }: ProbedLink,
  { near, far, cpuS }: RunningServer,
): Promise<RunFindings> {
  const cast = castOf(plan);
  const env = overTls(plan.scenario.method)
    ? { NODE_EXTRA_CA_CERTS: (await lab.certificateFor([link.hub.address, far.host])).certFile }
    : {};
  const begin = <M extends Methods>(script: URL, { exec }: End): Child<M> =>
    new Child<M>(script, { signal: lab.signal, env, exec });
  const isClient = (role: Cast['client']): boolean => cast.client === role;
  const endOf = (role: Cast['client']): End => (isClient(role) ? link.device : link.hub);
  const besideServer: Assignment = { plan, server: near, prefix: 'd' };
  const assignmentOf = (role: Cast['client']): Assignment => {
    return isClient(role) ? { ...besideServer, server: far } : besideServer;
  };
  const sender = begin<SenderMethods>(cast.sender, endOf('sender'));
  const receiver = begin<ReceiverMethods>(cast.receiver, endOf('receiver'));
  const witness = cast.witness === undefined ? null : begin<ReceiverMethods>(cast.witness, link.hub);
  try {
    await inTime(CONNECT_MS, lab.signal, async () => {
      await witness?.call('connect', besideServer);
      await receiver.call('connect', assignmentOf('receiver'));
      await sender.call('connect', assignmentOf('sender'));
    });
    const { measuredFromUs, endUs } = new Schedule(plan);
    const startUs = systemClock.monotonicUs() + LEAD_US;
    const [serverCpuS] = await Promise.all([
      growthBetween(startUs + measuredFromUs, startUs + endUs, cpuS, lab.signal),
      receiver.call('run', { startUs }),
      witness?.call('run', { startUs }),
      sender.call('run', { startUs }),
    ]);
    return {
      ...{ startUs, serverCpuS },
      sender: await sender.call('result'),
      receiver: await receiver.call('result'),
      witness: (await witness?.call('result')) ?? null,
    };
  } finally {
    await Promise.all([sender.end(), receiver.end(), witness?.end()]);
  }
}

function castOf({ scenario: { direction } }: RunPlan): Cast {
  const cast = CASTS[direction];
  if (cast === undefined) throw new WeirError('bench.child_failed', `nobody plays ${direction} yet`);
  return cast;
}

async function inTime(ms: number, signal: AbortSignal, act: () => Promise<void>): Promise<void> {
  const late = new AbortController();
  const timeout = until(systemClock.monotonicUs() + ms * 1000, AbortSignal.any([signal, late.signal])).then(
    () => {
      throw new WeirError('bench.child_failed', `not all clients were connected within ${ms} ms`);
    },
  );
  try {
    await Promise.race([act(), timeout]);
  } finally {
    late.abort();
    await timeout.catch(() => undefined);
  }
}
