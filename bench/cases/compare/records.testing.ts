/** Records of runs that never ran, as a comparison would find them: for tests of what is made of records. */
import { build, encodeIntoCompressedBase64 } from 'hdr-histogram-js';
import { seededEntropy, type Entropy } from '@weir/runtime';
import type { RunEnergy } from '../../energy/energy.js';
import type { Impairments } from '../../network/impairments.js';
import type { WireSums } from '../../network/trace.js';
import type { AchievedDelay, HistogramRecord, RunRecord } from './record.js';
import type { Method, RunPlan, Scenario } from './scenario.js';
import { idealLatencies } from './theory/predict.js';

/** Delay alone, the same both ways, named as the classic ones are. */
export function delayed(ms: number): Impairments {
  const way = { delayMs: ms, jitterMs: 0, bitsPerS: null, lossRatio: 0 };
  return { name: `${ms}ms`, up: way, down: way };
}

/** The classic experiment: uplink by WebSocket, one device at 4 Hz, a message each, 75 ms one way; `changes` are to it. */
export function scenarioOf(changes: Partial<Scenario> = {}): Scenario {
  const method = changes.method ?? 'ws';
  return {
    direction: 'uplink',
    method,
    network: delayed(75),
    noDelay: true,
    devices: 1,
    rateHz: 4,
    readingsPerMessage: 1,
    pollMs: method === 'poll' || method === 'poll-new' ? 250 : null,
    ...changes,
  };
}

export function planOf(scenario: Scenario, replicate = 0, replicates = 3): RunPlan {
  return { scenario, replicate, replicates, seed: 100 + replicate, warmupS: 2, measuredS: 60 };
}

/** As the runs make it from what they saw. */
export function histogramOf(valuesUs: readonly number[]): HistogramRecord {
  const hdr = build({ lowestDiscernibleValue: 1, highestTrackableValue: 600_000_000 });
  for (const us of valuesUs) hdr.recordValue(Math.max(1, Math.round(us)));
  const sorted = [...valuesUs].sort((a, b) => a - b);
  const at = (share: number): number => sorted[Math.max(0, Math.ceil(share * sorted.length) - 1)] ?? 0;
  return {
    hdr: encodeIntoCompressedBase64(hdr),
    count: sorted.length,
    zeros: sorted.filter((us) => us === 0).length,
    negatives: sorted.filter((us) => us < 0).length,
    meanUs: sorted.reduce((sum, us) => sum + us, 0) / Math.max(1, sorted.length),
    p50Us: at(0.5),
    p99Us: at(0.99),
    p999Us: at(0.999),
    maxUs: at(1),
  };
}

/** One reading's packets both ways on the wire, with what a connection of its own costs. */
const COSTS: Partial<
  Record<Method, { up: readonly number[]; down: readonly number[]; connections: number }>
> = {
  ws: { up: [101], down: [64], connections: 0 },
  wss: { up: [123], down: [86], connections: 0 },
  'post-kept': { up: [238, 52], down: [160], connections: 0 },
  'posts-kept': { up: [260, 52], down: [182], connections: 0 },
  'post-new': { up: [60, 52, 238, 52, 52], down: [60, 52, 160, 52], connections: 1 },
  'posts-full': { up: [60, 52, 420, 132, 260, 52, 52], down: [60, 1500, 340, 52, 182, 52], connections: 1 },
  'posts-resumed': { up: [60, 52, 640, 132, 260, 52, 52], down: [60, 330, 52, 182, 52], connections: 1 },
  mqtt: { up: [98], down: [56], connections: 0 },
  sse: { up: [52], down: [130], connections: 0 },
  'long-poll': { up: [210, 52], down: [260], connections: 0 },
  poll: { up: [210, 52], down: [260], connections: 0 },
  'poll-new': { up: [60, 52, 210, 52, 52], down: [60, 52, 260, 52], connections: 1 },
};

/** What hub and machine take beside the link. */
const NEAR_US = 500;

const sums = (packets: readonly number[], times: number): WireSums => ({
  packets: packets.length * times,
  bytes: packets.reduce((sum, bytes) => sum + bytes, 0) * times,
  payload: packets.reduce((sum, bytes) => sum + (bytes > 60 ? bytes - 52 : 0), 0) * times,
  bareAcks: packets.filter((bytes) => bytes === 52).length * times,
});

const achievedOf = (delayMs: number): AchievedDelay => ({
  meanMs: delayMs + 0.1,
  p50Ms: delayMs + 0.09,
  p99Ms: delayMs + 0.3,
  lossRatio: 0,
});

/** A run that went as it should: its latencies are those of theory, 0.5 ms more, and what a machine jitters. */
export function recordOf(plan: RunPlan, changes: Partial<RunRecord> = {}): RunRecord {
  const { scenario, measuredS, warmupS } = plan;
  const { network, readingsPerMessage } = scenario;
  const entropy = seededEntropy(plan.seed * 31 + scenario.method.length);
  const latencies = latenciesUs(plan).map((us) => us + NEAR_US + jitterUs(entropy));
  const due = latencies.length;
  const cost = COSTS[scenario.method] ?? { up: [], down: [], connections: 0 };
  const messages = Math.ceil(due / readingsPerMessage);
  const window = { up: sums(cost.up, messages), down: sums(cost.down, messages) };
  const cpu = { clientS: due * 0.0003, hubS: due * 0.0002 };
  return {
    plan,
    startedAt: new Date(Date.UTC(2026, 0, 5) + plan.replicate * (warmupS + measuredS) * 1000).toISOString(),
    achieved: { up: achievedOf(network.up.delayMs), down: achievedOf(network.down.delayMs) },
    readings: { due, arrived: due, lost: 0, duplicated: 0 },
    latency: histogramOf(latencies),
    confirmed:
      scenario.direction === 'uplink'
        ? histogramOf(latencies.map((us) => us + network.down.delayMs * 1000))
        : null,
    lateness: histogramOf(latencies.map(() => jitterUs(entropy))),
    throughput: due / measuredS,
    wire: {
      counted: 'packets',
      setup: { up: sums([60, 52, 420], 1), down: sums([60, 230], 1) },
      window,
      connections:
        cost.connections * (scenario.pollMs === null ? messages : (measuredS * 1000) / scenario.pollMs),
    },
    cpu,
    energy: [
      energyOf('pi1-serrano2015', 2.22, 2e-4, window, cpu.clientS, measuredS),
      energyOf('lte-aro', 0, 2e-3, window, 0, measuredS),
    ],
    predictedMeanUs: null,
    nearMeanUs: scenario.direction === 'display' ? NEAR_US : null,
    polls: scenario.pollMs === null ? null : pollsOf(scenario.pollMs, measuredS, network),
    ...changes,
  };
}

/** All replicates of each scenario, as {@link recordOf} makes them. */
export function recordsOf(scenarios: readonly Scenario[], replicates = 3): RunRecord[] {
  return Array.from({ length: replicates }, (_, replicate) =>
    scenarios.map((scenario) => recordOf(planOf(scenario, replicate, replicates))),
  ).flat();
}

/** A small comparison: what each claim needs, and some of what stands beside it. */
export function comparisonScenarios(): Scenario[] {
  const of = (changes: Partial<Scenario>, methods: readonly Method[]): Scenario[] =>
    methods.map((method) => scenarioOf({ ...changes, method }));
  return [
    ...[0.2, 20, 75, 150].flatMap((ms) =>
      of({ network: delayed(ms) }, ['ws', 'post-kept', 'post-new', 'mqtt']),
    ),
    ...of({}, ['wss', 'posts-full', 'posts-resumed', 'posts-kept']),
    ...of({ rateHz: 40 }, ['ws', 'post-kept']),
    ...of({ readingsPerMessage: 10, rateHz: 40 }, ['ws', 'post-kept']),
    ...[0.2, 20, 75, 150].flatMap((ms) =>
      of({ network: delayed(ms), direction: 'display' }, ['ws', 'sse', 'long-poll', 'poll', 'poll-new']),
    ),
    scenarioOf({ direction: 'display', method: 'poll', pollMs: 1000 }),
    ...of({ direction: 'command' }, ['ws', 'long-poll', 'poll']),
    ...of({ network: delayed(0.2), rateHz: null }, ['ws', 'post-kept', 'post-new', 'mqtt']),
  ];
}

/** What theory gives; as fast as it can be, 200 a second at the delay. */
function latenciesUs(plan: RunPlan): number[] {
  const { direction, network, rateHz } = plan.scenario;
  const [upUs, downUs] = [network.up, network.down].map((way) => achievedOf(way.delayMs).p50Ms * 1000) as [
    number,
    number,
  ];
  const wayUs = direction === 'uplink' ? upUs : downUs;
  if (rateHz === null) return Array.from({ length: plan.measuredS * 200 }, () => wayUs);
  return [...idealLatencies(plan, { upUs, downUs, dataUs: () => wayUs })];
}

function pollsOf(pollMs: number, measuredS: number, { up, down }: Impairments): RunRecord['polls'] {
  const asked = (measuredS * 1000) / pollMs;
  const roundTripMeanUs = (up.delayMs + down.delayMs) * 1000;
  return { asked, merged: 0, latenessMeanUs: 100, latenessMaxUs: 900, roundTripMeanUs };
}

/** 0.1 ms on the average, rarely some ms. */
function jitterUs(entropy: Entropy): number {
  return -100 * Math.log(1 - entropy.unit());
}

function energyOf(
  profile: string,
  idleW: number,
  frameJ: number,
  { up, down }: RunRecord['wire']['window'],
  clientS: number,
  windowS: number,
): RunEnergy {
  const radioJ = (up.packets + down.packets) * frameJ;
  const cpuJ = clientS * 0.8;
  const marginalJ = radioJ + cpuJ;
  return {
    profile,
    source: 'modelled',
    windowS,
    idleJ: idleW * windowS,
    radioJ,
    cpuJ,
    marginalJ,
    totalJ: idleW * windowS + marginalJ,
    states: { idle: windowS },
    sensitivity: {
      frame: [radioJ / 3 + cpuJ, radioJ * 3 + cpuJ],
      cpu: [radioJ + cpuJ / 3, radioJ + cpuJ * 3],
    },
  };
}
