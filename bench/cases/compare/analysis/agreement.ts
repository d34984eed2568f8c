/** Theory beside measurement: by how much they differ, by how much they may, and what the difference is from. */
import { estimateOf, medianOf } from '../../../measure/statistics.js';
import type { RunRecord } from '../record.js';
import { predict, type Prediction } from '../theory/predict.js';
import type { Agreement, Doubt } from './analysis.js';
import { fellBehind, offeredPerS, type Judged } from './judged.js';

interface Compared {
  readonly record: RunRecord;
  readonly prediction: Prediction;
  /** Not the link's, measured apart, ms. */
  readonly ownMs: number;
  /** Measured, less own, less predicted, ms. */
  readonly restMs: number;
}

/**
 * What the hub takes from a sensor next to it to a subscriber next to it, ms: the median over runs of display, which have such
 * a pair. 0 when there are none.
 */
export function hubMs(records: readonly RunRecord[]): number {
  const near = records.flatMap(({ nearMeanUs, lateness }) =>
    nearMeanUs === null ? [] : [Math.max(0, nearMeanUs - lateness.meanUs) / 1000],
  );
  return near.length === 0 ? 0 : medianOf(near);
}

/** Of the runs of one scenario; null where theory says nothing. `hub` as {@link hubMs} gives it. */
export function agreementOf(runs: readonly Judged[], hub: number): Agreement | null {
  const compared = runs.flatMap(({ record, prediction }) => {
    if (prediction === null) return [];
    const ownMs = ownOf(record, hub);
    return [
      { record, prediction, ownMs, restMs: (record.latency.meanUs - prediction.meanUs) / 1000 - ownMs },
    ];
  });
  const [first] = compared;
  if (first === undefined) return null;
  const mean = (of: (each: Compared) => number): number => estimateOf(compared.map(of)).mean;
  const [restMs, toleranceMs] = [mean((each) => each.restMs), toleranceOf(compared)];
  const agrees = Math.abs(restMs) <= toleranceMs;
  return {
    formula: first.prediction.formula,
    predictedMs: mean(({ prediction }) => prediction.meanUs / 1000),
    measuredMs: mean(({ record }) => record.latency.meanUs / 1000),
    ownMs: mean(({ ownMs }) => ownMs),
    toleranceMs,
    agrees,
    why: agrees ? '' : whyNot(restMs, compared),
  };
}

/** Of what was measured, and ms: a tolerance above both tests nothing. */
const LOOSE_SHARE = 0.5;
const LOOSE_MS = 5;

/** Agreement within a tolerance as large as the figure itself says nothing for it. */
export function looseness({ toleranceMs, measuredMs }: Agreement): Doubt[] {
  if (toleranceMs <= Math.max(LOOSE_MS, LOOSE_SHARE * measuredMs)) return [];
  const message = `machine and link were so unsteady that theory is tested to within ${toleranceMs.toFixed(1)} ms only, of ${measuredMs.toFixed(1)} ms measured`;
  return [{ code: 'theory-untested', message }];
}

/** Display runs know what their own sensor and the hub took; of others it is taken from those. MQTT is not through the hub. */
function ownOf({ plan: { scenario }, lateness, nearMeanUs, polls }: RunRecord, hub: number): number {
  const pollMs = (polls?.latenessMeanUs ?? 0) / 1000;
  if (nearMeanUs !== null) return nearMeanUs / 1000 + pollMs;
  const served = scenario.direction === 'uplink' && scenario.method !== 'mqtt';
  return lateness.meanUs / 1000 + (served ? hub : 0) + pollMs;
}

/**
 * The sum, in ms, of
 * - how far the mean over runs may be from that of many: half of the 95 % interval of what is left;
 * - the link's jitter: by how much theory changes when each packet takes the 99th percentile of the probe, not its median;
 * - the machine's: once more as late as the sender was on the average, for the other end, which wakes up as late;
 * - how far a run's phase, which its start decides, may move the mean of a method that asks without a pause;
 * - what both ends computed for a message, of which theory has nothing: see `computedMs`.
 */
function toleranceOf(compared: readonly Compared[]): number {
  const rest = estimateOf(compared.map(({ restMs }) => restMs));
  const half = rest.ci95[1] === null ? 0 : rest.ci95[1] - rest.mean;
  const others = compared.map(
    ({ record, prediction }) =>
      linkJitterMs(record, prediction) +
      (record.lateness.meanUs + prediction.phaseUs) / 1000 +
      computedMs(record),
  );
  return half + estimateOf(others).mean;
}

function linkJitterMs({ plan, achieved }: RunRecord, prediction: Prediction): number {
  if (achieved === null) return 0;
  const slow = predict(plan, { up: { p50Ms: achieved.up.p99Ms }, down: { p50Ms: achieved.down.p99Ms } });
  return slow === null ? 0 : Math.abs(slow.meanUs - prediction.meanUs) / 1000;
}

/** CPU of the client for a message, ms, twice: the hub's side of it is taken for as much, for it does other things as well. */
function computedMs({ cpu, readings, plan }: RunRecord): number {
  return (2000 * cpu.clientS * plan.scenario.readingsPerMessage) / Math.max(1, readings.arrived);
}

function whyNot(restMs: number, compared: readonly Compared[]): string {
  const [first] = compared;
  if (first === undefined) return '';
  const { leavesOut } = first.prediction;
  if (restMs < 0)
    return leavesOut === ''
      ? 'faster than theory allows: the probe of the link was too slow, or a clock is wrong'
      : leavesOut;
  const reasons = [
    leavesOut,
    first.record.plan.scenario.noDelay
      ? ''
      : 'TCP_NODELAY is off: a message waits until those before it are acknowledged',
    ...distinct(compared.map(({ record }) => lostOrBehind(record))),
    ...distinct(compared.map(({ record }) => lateMachine(record, restMs))),
  ].filter((reason) => reason !== '');
  if (reasons.length > 0) return reasons.join('; ');
  const cpuMs = estimateOf(compared.map(({ record }) => computedMs(record))).mean;
  return `${restMs.toFixed(1)} ms are not explained; both ends may have computed for ${cpuMs.toFixed(1)} ms a message`;
}

function lostOrBehind(record: RunRecord): string {
  const { lost, due } = record.readings;
  if (lost > 0) return `${lost} of ${due} readings were lost`;
  if (!fellBehind(record)) return '';
  return `too much for it: ${record.throughput.toFixed(1)} of ${offeredPerS(record).toFixed(1)} readings a second arrived`;
}

function lateMachine({ lateness }: RunRecord, restMs: number): string {
  const lateMs = lateness.p99Us / 1000;
  return lateMs > restMs
    ? `the machine was busy: 1 % of readings began ${lateMs.toFixed(1)} ms late or later`
    : '';
}

/** The first of those said in several runs. */
function distinct(reasons: readonly string[]): string[] {
  return reasons.filter((reason) => reason !== '').slice(0, 1);
}
