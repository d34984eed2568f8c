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
import { Lab } from './lab.js';
import { CASTS, play, type Cast } from './play.js';
import { recordOf } from './run-findings.js';
import { overTls, startServer } from './server.js';
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
  const { network, method } = plan.scenario;
  const { link, achieved } = await lab.linkWith(network, plan.seed);
  const certificate = overTls(method) ? await lab.certificateFor(link.hub.address) : null;
  const dir = await mkdtemp(join(lab.dir, 'run-'));
  const server = startServer(plan.scenario, lab, link, dir);
  try {
    const found = await play(plan, cast, {
      ...{ signal: lab.signal, metering: lab.metering, prefix: 'd' },
      env: certificate === null ? {} : { NODE_EXTRA_CA_CERTS: certificate.cert_file },
      ...{ farExec: link.device.exec, nearExec: link.hub.exec },
      server: server.then((running) => link.startTrace().then(() => running)),
    });
    const trace = await link.takeTrace();
    return recordOf(plan, startedAt, achieved, found, trace, lab.profiles);
  } finally {
    await server.then(
      (running) => running.end(),
      () => undefined,
    );
    await rm(dir, { recursive: true, force: true });
  }
}
