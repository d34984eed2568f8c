/**
 * The hub's own vital signs: what is measured, in which unit. Names are channels of the device that the hub keeps for
 * itself; the dashboard "hub health" asks for them.
 */
import type { HubStats } from '../api/stats.js';
import { LOSS_CHANNEL } from '../ledger/loss-board.js';
import type { DeviceState } from '../registry/presence.js';

/** What is looked at each time. */
export interface VitalsSample {
  readonly stats: HubStats;
  readonly devices: Readonly<Record<DeviceState, number>>;
  readonly backlogFrames: number;
  readonly ackUs: Percentiles;
  readonly loopDelayNs: Percentiles;
  readonly cpuSeconds: number;
  readonly residentBytes: number;
}

export interface Percentiles {
  readonly count: number;
  percentile(percentile: number): number;
}

/** One sign as a SenML record. */
export interface VitalSign {
  readonly n: string;
  readonly u?: string;
  readonly v?: number;
  readonly vs?: string;
  /** Seconds since the pack's time. */
  readonly t?: number;
}

/** One sign for each line; a moment apart, for a store takes two at one time for the same. */
export function lossSigns(texts: readonly string[]): VitalSign[] {
  return texts.map((vs, place) => ({ n: LOSS_CHANNEL, vs, t: (place - texts.length) / 1e3 }));
}

/** The signs of one sample; rates are over the time since the former one, so the first has none. */
export function vitalSigns(now: VitalsSample, before: VitalsSample | null, seconds: number): VitalSign[] {
  return [...levels(now), ...sinkLevels(now), ...(before === null ? [] : rates(now, before, seconds))];
}

function levels({
  stats,
  devices,
  backlogFrames,
  ackUs,
  loopDelayNs,
  residentBytes,
}: VitalsSample): VitalSign[] {
  const { ingest, log, streams } = stats;
  return [
    number('ingest/connections', 'count', ingest.connections),
    number('ingest/paused_connections', 'count', ingest.paused),
    ...percentile('ingest/ack_latency_p50', ackUs, 50, 1e3),
    ...percentile('ingest/ack_latency_p99', ackUs, 99, 1e3),
    text('log/state', log.state),
    number('log/pending_bytes', 'B', log.pending_bytes),
    number('log/kept_bytes', 'B', log.end - log.start),
    number('stream/subscribers', 'count', streams.length),
    number('stream/lag_bytes', 'B', Math.max(0, ...streams.map((each) => each.lag_bytes))),
    number('devices/online', 'count', devices.online),
    number('devices/stale', 'count', devices.stale),
    number('devices/offline', 'count', devices.offline),
    number('devices/backlog_frames', 'count', backlogFrames),
    number('process/resident_bytes', 'B', residentBytes),
    ...percentile('process/event_loop_p99', loopDelayNs, 99, 1e6),
  ];
}

function sinkLevels({ stats }: VitalsSample): VitalSign[] {
  return stats.sinks.flatMap(({ name, state, lag_bytes: lag, quarantined }) => [
    text(`sinks/${name}/state`, state),
    number(`sinks/${name}/lag_bytes`, 'B', lag),
    number(`sinks/${name}/quarantined`, 'count', quarantined),
  ]);
}

function rates(now: VitalsSample, before: VitalsSample, seconds: number): VitalSign[] {
  const rate = (name: string, unit: string, read: (sample: VitalsSample) => number): VitalSign =>
    number(name, unit, (read(now) - read(before)) / seconds);
  return [
    rate('ingest/readings_per_second', '1/s', ({ stats }) => stats.ingest.readings),
    rate('ingest/frames_per_second', '1/s', ({ stats }) => stats.ingest.frames),
    rate('ingest/bytes_per_second', 'B/s', ({ stats }) => stats.ingest.bytes),
    rate('ingest/duplicates_per_second', '1/s', ({ stats }) => stats.ingest.duplicates),
    rate('ingest/rejected_per_second', '1/s', ({ stats }) => stats.ingest.rejected),
    rate('log/written_bytes_per_second', 'B/s', ({ stats }) => stats.log.bytes_written),
    rate('process/cpu', '/', ({ cpuSeconds }) => cpuSeconds),
    ...now.stats.sinks.map(({ name }) =>
      rate(`sinks/${name}/readings_per_second`, '1/s', (sample) => storedBy(sample, name)),
    ),
  ];
}

function storedBy({ stats }: VitalsSample, name: string): number {
  return stats.sinks.find((sink) => sink.name === name)?.readings ?? 0;
}

/** Figures keep four significant digits: they are for people, and short ones cost less to keep. */
function number(name: string, unit: string, value: number): VitalSign {
  return { n: name, u: unit, v: Number.isInteger(value) ? value : Number(value.toPrecision(4)) };
}

function text(name: string, value: string): VitalSign {
  return { n: name, vs: value };
}

function percentile(name: string, of: Percentiles, which: number, perMs: number): VitalSign[] {
  return of.count === 0 ? [] : [number(name, 'ms', of.percentile(which) / perMs)];
}
