/** From what the processes of a run found, and the packets that crossed its link, to its record. */
import type { DeviceProfile } from '../../../energy/device-profiles.js';
import { energyOf, type RunEnergy } from '../../../energy/energy.js';
import { connectionsIn, sumsOf, type Trace, type WireSums } from '../../../network/trace.js';
import type { RunRecord, WireRecord } from '../record.js';
import type { RunPlan } from '../scenario.js';
import { Schedule } from '../schedule.js';
import { predict } from '../theory/predict.js';
import type { RunFindings } from './play.js';

export function recordOf(
  plan: RunPlan,
  startedAt: string,
  achieved: RunRecord['achieved'],
  { startUs, sender, receiver, witness, serverCpuS, measured }: RunFindings,
  trace: Trace,
  profiles: readonly DeviceProfile[],
): RunRecord {
  const { measuredFromUs, endUs } = new Schedule(plan);
  const [fromUs, toUs] = [startUs + measuredFromUs, startUs + endUs];
  const client = plan.scenario.direction === 'uplink' ? sender : receiver;
  // A meter sees the whole machine; a trace of many devices is that of no device.
  const energy = (): RunEnergy[] => {
    if (measured !== null) return [measured];
    if (plan.scenario.devices > 1) return [];
    const run = { trace, fromUs, toUs, before: 'rhythm' as const, cpuS: client.cpuS };
    return profiles.map((profile) => energyOf(profile, run));
  };
  return {
    ...{ plan, startedAt, achieved },
    readings: receiver.readings,
    latency: receiver.latency,
    confirmed: sender.confirmed,
    lateness: sender.lateness,
    nearMeanUs: witness?.latency.meanUs ?? null,
    polls: receiver.polls,
    throughput: receiver.seenInWindow / plan.measuredS,
    wire: wireOf(trace, startUs, fromUs, toUs),
    cpu: { clientS: client.cpuS, hubS: serverCpuS },
    energy: energy(),
    predictedMeanUs: predict(plan, achieved)?.meanUs ?? null,
  };
}

function wireOf(trace: Trace, startUs: number, fromUs: number, toUs: number): WireRecord {
  const both = (from: number, to: number): { up: WireSums; down: WireSums } => {
    return { up: sumsOf(trace, 'up', from, to), down: sumsOf(trace, 'down', from, to) };
  };
  return {
    counted: trace.counted,
    setup: both(0, startUs),
    window: both(fromUs, toUs),
    connections: connectionsIn(trace, fromUs, toUs),
  };
}
