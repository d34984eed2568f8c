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
import type { RunRecord } from '../record.js';
import type { RunPlan } from '../scenario.js';
import { Lab, type ProbedLink } from './lab.js';
import { CASTS, play, type Cast, type Stage } from './play.js';
import { recordOf } from './run-findings.js';
import { startServer, type RunningServer } from './server.js';
import { runThroughput } from './throughput/run-throughput.js';

/**
 * Rejects with `bench.*` where any part of the run failed: there is no record of half a run. All that it started has ended
 * when it resolves or rejects. `cast` replaces the processes that the plan calls for: by wrong ones, to see that they are
 * found out.
 */
export async function runScenario(
  plan: RunPlan,
  lab: Lab,
  cast: Cast = CASTS[plan.scenario.direction],
): Promise<RunRecord> {
  lab.signal.throwIfAborted();
  if (plan.scenario.rateHz === null) return runThroughput(plan, lab);
  const startedAt = new Date().toISOString();
  const probed = await lab.linkWith(plan.scenario.network, plan.seed);
  const dir = await mkdtemp(join(lab.dir, 'run-'));
  let server: RunningServer | null = null;
  try {
    server = await startServer(plan.scenario, lab, probed.link, dir);
    await probed.link.startTrace();
    const found = await play(plan, cast, stageOf(lab, probed, server));
    const trace = await probed.link.takeTrace();
    return recordOf(plan, startedAt, probed.achieved, found, trace, lab.profiles);
  } finally {
    await server?.end();
    await rm(dir, { recursive: true, force: true });
  }
}

function stageOf({ signal, metering }: Lab, { link }: ProbedLink, server: RunningServer): Stage {
  return {
    ...{ signal, env: server.clientEnv, prefix: 'd', serverCpuS: server.cpuS, metering },
    far: { exec: link.device.exec, server: server.far },
    near: { exec: link.hub.exec, server: server.near },
  };
}
