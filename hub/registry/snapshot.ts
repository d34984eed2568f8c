/**
 * The registry as one CBOR value and back. Everything in it could be had from the log as well; it saves reading it all.
 *
 *   { offset, nextDeviceId, nextSeriesId, devices: [device] }
 *   device: [id, name, agent, remote, lastSeenUs, readings, rejected, lost, [series], [epoch]]
 *   series: [id, channel, type, unit, intervalMs, lastUs, lastValue]
 *   epoch:  [epoch, [series id or 0 by channel index], seen as [first, last, first, last ...], guess | null, firstUs, lastUs]
 *   guess:  [offsetUs, uncertaintyUs, source]
 */
import { SequenceSet } from '@weir/protocol';
import { z } from 'zod';
import { ClockSource } from '../ingest/record.js';
import type { DeviceEntry } from './device.js';
import type { EpochEntry } from './epoch.js';
import { Registry, type RegistryLimits } from './registry.js';
import { Series } from './series.js';

const nullableNumber = z.number().nullable();
const nullableText = z.string().nullable();
const seriesSchema = z.tuple([
  z.number(),
  z.string(),
  z.enum(['number', 'boolean', 'text']),
  z.string(),
  nullableNumber,
  nullableNumber,
  z.union([z.number(), z.boolean(), z.string()]).nullable(),
]);
const guessSchema = z.tuple([z.number(), z.number(), z.enum(ClockSource)]).nullable();
const epochSchema = z.tuple([
  z.number(),
  z.array(z.number()),
  z.array(z.number()),
  guessSchema,
  nullableNumber,
  nullableNumber,
]);
const deviceSchema = z.tuple([
  z.number(),
  z.string(),
  nullableText,
  nullableText,
  nullableNumber,
  z.number(),
  z.number(),
  z.number(),
  z.array(seriesSchema),
  z.array(epochSchema),
]);
export const snapshotSchema = z.object({
  offset: z.number(),
  nextDeviceId: z.number(),
  nextSeriesId: z.number(),
  devices: z.array(deviceSchema),
});
export type Snapshot = z.output<typeof snapshotSchema>;

/** Takes the tables as they are, `offset` being the end of the log's records applied so far. */
export function snapshotOf(registry: Registry, offset: number): Snapshot {
  return {
    offset,
    nextDeviceId: registry.nextDeviceId,
    nextSeriesId: registry.nextSeriesId,
    devices: [...registry.devices.values()].map(deviceTuple),
  };
}

function deviceTuple(device: DeviceEntry): z.output<typeof deviceSchema> {
  const { id, name, agent, remote, lastSeenUs, readings, rejected, lost } = device;
  const series = [...device.series.values()].map(seriesTuple);
  const epochs = [...device.epochs.values()].map(epochTuple);
  return [id, name, agent, remote, lastSeenUs, readings, rejected, lost, series, epochs];
}

function seriesTuple(series: Series): z.output<typeof seriesSchema> {
  const { id, channel, type, unit, intervalMs, lastUs, lastValue } = series;
  return [id, channel, type, unit, intervalMs, lastUs, lastValue];
}

function epochTuple({
  epoch,
  channels,
  seen,
  guess,
  firstUs,
  lastUs,
}: EpochEntry): z.output<typeof epochSchema> {
  const ids = Array.from(channels, (series) => series?.id ?? 0);
  const ranges = seen.ranges().flatMap(([first, last]) => [first, last]);
  const guessed = guess === null ? null : tupleOf(guess.offsetUs, guess.uncertaintyUs, guess.source);
  return [epoch, ids, ranges, guessed, firstUs, lastUs];
}

function tupleOf<A, B, C>(a: A, b: B, c: C): [A, B, C] {
  return [a, b, c];
}

/** The tables of a snapshot. */
export function registryOf(snapshot: Snapshot, limits: RegistryLimits): Registry {
  const registry = new Registry(limits);
  for (const [
    id,
    name,
    agent,
    remote,
    lastSeenUs,
    readings,
    rejected,
    lost,
    series,
    epochs,
  ] of snapshot.devices) {
    const device = registry.addDevice(id, name);
    Object.assign(device, { agent, remote, lastSeenUs, readings, rejected, lost });
    for (const [seriesId, channel, type, unit, intervalMs, lastUs, lastValue] of series) {
      const entry = new Series({ id: seriesId, device: name, channel, type, unit });
      entry.intervalMs = intervalMs;
      entry.setLatest(lastUs, lastValue);
      registry.addSeries(device, entry);
    }
    for (const epoch of epochs) restoreEpoch(registry, device, epoch);
  }
  registry.nextDeviceId = Math.max(registry.nextDeviceId, snapshot.nextDeviceId);
  registry.nextSeriesId = Math.max(registry.nextSeriesId, snapshot.nextSeriesId);
  return registry;
}

function restoreEpoch(registry: Registry, device: DeviceEntry, tuple: z.output<typeof epochSchema>): void {
  const [id, channels, ranges, guess, firstUs, lastUs] = tuple;
  const entry = device.epoch(id);
  for (const [index, seriesId] of channels.entries()) {
    const series = registry.series[seriesId];
    if (series !== undefined) entry.channels[index] = series;
  }
  for (let i = 0; i + 1 < ranges.length; i += 2) entry.seen.add(ranges[i] ?? 0, ranges[i + 1] ?? 0);
  entry.settled = SequenceSet.from(entry.seen.ranges());
  if (guess !== null) entry.guess = { offsetUs: guess[0], uncertaintyUs: guess[1], source: guess[2] };
  entry.firstUs = firstUs;
  entry.lastUs = lastUs;
}
