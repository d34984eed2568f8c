/** What the runs of one scenario say together. */
import { estimateOf, type Estimate } from '../../../measure/statistics.js';
import type { WireSums } from '../../../network/trace.js';
import type { HistogramRecord, RunRecord } from '../record.js';
import { scenarioKey } from '../scenario.js';
import type { Cell, EnergyEstimate } from './analysis.js';
import { encoded, mergedHistogram } from './merged-histogram.js';

/** One number of a run; not finite where the run does not say it. */
export type Quantity = (record: RunRecord) => number;

/** A run in which nothing arrived has no amount per reading. */
export const perReading =
  (quantity: Quantity): Quantity =>
  (record) =>
    quantity(record) / record.readings.arrived;

/** Both ways together; of a run whose packets nobody counted no number. */
const bothWays =
  (part: 'window' | 'setup', of: keyof WireSums): Quantity =>
  ({ wire }) =>
    wire.counted === 'nothing' ? NaN : wire[part].up[of] + wire[part].down[of];

export const bytesBothWays = bothWays('window', 'bytes');
const packetsBothWays = bothWays('window', 'packets');
const payloadBothWays = bothWays('window', 'payload');
const setupBothWays = bothWays('setup', 'bytes');

/** `records` are runs of one scenario, one or more. */
export function cellOf(records: readonly [RunRecord, ...RunRecord[]]): Omit<Cell, 'theory' | 'doubts'> {
  const { scenario } = records[0].plan;
  const over = (quantity: Quantity): Estimate => estimateOver(records, quantity);
  const latencyMs = (of: keyof HistogramRecord, readingsMin = 1): Estimate =>
    estimateOver(
      records.filter(({ latency }) => latency.count >= readingsMin),
      ({ latency }) => Number(latency[of]) / 1000,
    );
  return {
    key: scenarioKey(scenario),
    scenario,
    runs: records.length,
    meanMs: latencyMs('meanUs'),
    p50Ms: latencyMs('p50Us'),
    p99Ms: latencyMs('p99Us', 100),
    p999Ms: latencyMs('p999Us', 1_000),
    maxMs: Math.max(...records.map(({ latency }) => latency.maxUs)) / 1000,
    confirmedP50Ms: records.some(({ confirmed }) => (confirmed?.count ?? 0) > 0)
      ? over(({ confirmed }) => (confirmed === null || confirmed.count === 0 ? NaN : confirmed.p50Us / 1000))
      : null,
    hdr: encoded(mergedHistogram(records.map(({ latency }) => latency))),
    lossRatio:
      sumOf(records, ({ readings }) => readings.lost) /
      Math.max(
        1,
        sumOf(records, ({ readings }) => readings.due),
      ),
    duplicated: sumOf(records, ({ readings }) => readings.duplicated),
    throughput: over(({ throughput }) => throughput),
    bytesPerReading: over(perReading(bytesBothWays)),
    packetsPerReading: over(perReading(packetsBothWays)),
    payloadBytesPerReading: over(perReading(payloadBothWays)),
    setupBytes: over(setupBothWays),
    clientCpuUsPerReading: over(perReading(({ cpu }) => cpu.clientS * 1e6)),
    hubCpuUsPerReading: over(perReading(({ cpu }) => cpu.hubS * 1e6)),
    energy: energyOver(records),
  };
}

function energyOver(records: readonly [RunRecord, ...RunRecord[]]): EnergyEstimate[] {
  return records[0].energy.map(({ profile, source, idleJ, windowS }) => {
    const joules = (of: 'marginalJ' | 'totalJ'): Estimate =>
      estimateOver(
        records,
        perReading(
          ({ energy }) => energy.find((run) => run.profile === profile && run.source === source)?.[of] ?? NaN,
        ),
      );
    return {
      profile,
      source,
      marginalJPerReading: joules('marginalJ'),
      totalJPerReading: joules('totalJ'),
      idleW: windowS > 0 ? idleJ / windowS : 0,
    };
  });
}

function estimateOver(records: readonly RunRecord[], quantity: Quantity): Estimate {
  return estimateOf(records.map(quantity).filter(Number.isFinite));
}

export function sumOf(records: readonly RunRecord[], quantity: Quantity): number {
  return records.reduce((sum, record) => sum + quantity(record), 0);
}
