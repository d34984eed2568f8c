/** What latency each method would have at its best, on the very schedule of a run and over the delay that the link had. */
import type { AchievedDelay } from '../record.js';
import type { RunPlan, Scenario } from '../scenario.js';
import { Schedule } from '../schedule.js';
import { CARRIERS, type Path, type Send } from './carriers.js';
import { closedForm } from './formula.js';
import { transferUs, utilisation } from './transfer.js';

export interface Prediction {
  /** Over the measured readings of the schedule. */
  readonly meanUs: number;
  readonly p50Us: number;
  /** By how much the mean may be off with the phase at which a run began that asks without a pause; 0 of others. */
  readonly phaseUs: number;
  /** Closed form for a person: `L + D/2`, with L the one-way delay, D the poll interval, T between readings. */
  readonly formula: string;
  /** What the closed form gives, ms; null where the mean has no bound. */
  readonly closedFormMs: number | null;
  /** What theory leaves out, a sentence; ''. It makes the prediction a lower bound. */
  readonly leavesOut: string;
}

/** Both ways of a link. The middle counts: a hiccup of the machine while it was probed is not the link's. */
export type AchievedWays = Readonly<Record<'up' | 'down', Pick<AchievedDelay, 'p50Ms'>>>;

/** Above this share of a rate, readings queue on the link, which theory leaves out. */
const BUSY = 0.5;
/** A run's start decides the phase of methods that ask without a pause; theory takes the mean over so many. */
const PHASES = 8;
/** Readings that are looked at; more devices of the same kind say no more. */
const READINGS_MAX = 20_000;
const LOSS =
  'TCP sends lost packets again after 200 ms and more, which theory leaves out: it is a lower bound';

/** null: without a rate there is no schedule, and a link that is not ours or is too busy has no theory. */
export function predict(plan: RunPlan, achieved: AchievedWays | null): Prediction | null {
  const { scenario } = plan;
  const { direction, network } = scenario;
  if (scenario.rateHz === null || achieved === null) return null;
  const [way, wayUs] =
    direction === 'uplink'
      ? [network.up, achieved.up.p50Ms * 1000]
      : [network.down, achieved.down.p50Ms * 1000];
  if (utilisation(scenario, way) > BUSY) return null;
  const [upUs, downUs] = [achieved.up.p50Ms * 1000, achieved.down.p50Ms * 1000];
  const path: Path = {
    upUs,
    downUs,
    dataUs: (readings) => wayUs + transferUs(scenario, way, upUs + downUs, readings),
  };
  const byPhase = phasesOf(scenario).map((phase) => idealLatencies(plan, path, phase));
  const means = byPhase.map(meanOf);
  const latenciesUs = Float64Array.from(byPhase.flatMap((each) => [...each])).sort();
  if (latenciesUs.length === 0) return null;
  const { formula, ms } = closedForm(scenario, path);
  return {
    meanUs: meanOf(means),
    p50Us: latenciesUs[latenciesUs.length >> 1] ?? NaN,
    phaseUs: (Math.max(...means) - Math.min(...means)) / 2,
    formula,
    closedFormMs: ms,
    leavesOut: network.up.lossRatio + network.down.lossRatio > 0 ? LOSS : '',
  };
}

function phasesOf({ method }: Scenario): number[] {
  const asks = method === 'long-poll' || method === 'poll' || method === 'poll-new';
  return asks ? Array.from({ length: PHASES }, (_, phase) => phase / PHASES) : [0];
}

/** Us of each measured reading, when a method that asks begins at `phase`, from 0 to 1. */
export function idealLatencies(plan: RunPlan, path: Path, phase = 0): Float64Array {
  const schedule = new Schedule(plan);
  const devices = Math.min(plan.scenario.devices, Math.ceil(READINGS_MAX / schedule.readings));
  const latencies = new Float64Array(devices * schedule.readings);
  let count = 0;
  for (let device = 0; device < devices; device++)
    deviceLatencies(plan, schedule, device, path, phase, (us) => (latencies[count++] = us));
  return latencies.subarray(0, count);
}

function deviceLatencies(
  plan: RunPlan,
  schedule: Schedule,
  device: number,
  path: Path,
  phase: number,
  add: (us: number) => unknown,
): void {
  const { method, readingsPerMessage: size } = plan.scenario;
  const sends = messages(schedule, device, size);
  const thereUs = CARRIERS[method](sends, path, plan, phase);
  for (let reading = 0; reading < schedule.readings; reading++)
    if (schedule.measured(device, reading))
      add((thereUs[Math.floor(reading / size)] ?? NaN) - schedule.dueUs(device, reading));
}

/** A message goes when its last reading is due; the last message may have fewer. */
function messages(schedule: Schedule, device: number, size: number): Send[] {
  return Array.from({ length: Math.ceil(schedule.readings / size) }, (_, message) => {
    const end = Math.min(schedule.readings, (message + 1) * size);
    return { atUs: schedule.dueUs(device, end - 1), readings: end - message * size };
  });
}

function meanOf(values: Iterable<number>): number {
  let [sum, count] = [0, 0];
  for (const value of values) {
    sum += value;
    count++;
  }
  return sum / count;
}
