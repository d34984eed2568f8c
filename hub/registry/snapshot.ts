/**
 * The registry as CBOR values and back, device by device. Everything in it could be had from the log as well; it saves
 * reading it all.
 *
 *   device:  [id, name, agent, remote, lastSeenUs, readings, rejected, lost, [series], [epoch], takenAt, [account]]
 *   series:  [id, channel, type, unit, intervalMs, lastUs, lastValue]
 *   epoch:   [epoch, [series id or 0 by channel index], seen as [first, last, first, last ...], guess | null, firstUs, lastUs, readings]
 *   guess:   [offsetUs, uncertaintyUs, source]
 *   account: account-tuples.ts
 *   summary: { offset, end, nextDeviceId, nextSeriesId, storeCursors: [[store, offset]] }
 *
 * The hub works on while its tables are taken down. So each device says how far it had got: its records that end at or
 * before `takenAt` are in it. None of them all was taken before `offset`, and none after `end`.
 */
import { SequenceSet } from '@weir/protocol';
import { z } from 'zod';
import { ClockSource } from '../ingest/record.js';
import { accountSchema, accountTuple, restoreAccount } from '../ledger/account-tuples.js';
import type { DeviceEntry } from './device.js';
import type { EpochEntry } from './epoch.js';
import type { Registry } from './registry.js';
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
  z.number(),
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
  z.number(),
  z.array(accountSchema),
]);
const summarySchema = z.object({
  offset: z.number(),
  end: z.number(),
  nextDeviceId: z.number(),
  nextSeriesId: z.number(),
  storeCursors: z.array(z.tuple([z.string(), z.number()])).default([]),
});

export type DeviceTuple = z.output<typeof deviceSchema>;
/** What a checkpoint ends with; read the log on from `offset`. */
export type Summary = z.output<typeof summarySchema>;

/** A device as it is, all its records that end at or before `takenAt` taken in. */
export function deviceTuple(device: DeviceEntry, takenAt: number): DeviceTuple {
  const { id, name, agent, remote, lastSeenUs, readings, rejected, lost } = device;
  const series = [...device.series.values()].map(seriesTuple);
  const epochs = [...device.epochs.values()].map(epochTuple);
  const accounts = [...device.accounts.values()].map(accountTuple);
  return [id, name, agent, remote, lastSeenUs, readings, rejected, lost, series, epochs, takenAt, accounts];
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
  readings,
}: EpochEntry): z.output<typeof epochSchema> {
  const ids = Array.from(channels, (series) => series?.id ?? 0);
  const ranges = seen.ranges().flatMap(([first, last]) => [first, last]);
  const guessed = guess === null ? null : tupleOf(guess.offsetUs, guess.uncertaintyUs, guess.source);
  return [epoch, ids, ranges, guessed, firstUs, lastUs, readings];
}

function tupleOf<A, B, C>(a: A, b: B, c: C): [A, B, C] {
  return [a, b, c];
}

/** Puts a device of a checkpoint into the tables; returns its id and `takenAt`. Throws for what is none. */
export function restoreDevice(registry: Registry, value: unknown): { id: number; takenAt: number } {
  const tuple = deviceSchema.parse(value);
  const [id, name, agent, remote, lastSeenUs, readings, rejected, lost, series, epochs, takenAt, accounts] =
    tuple;
  const device = registry.addDevice(id, name);
  Object.assign(device, { agent, remote, lastSeenUs, readings, rejected, lost });
  for (const [seriesId, channel, type, unit, intervalMs, lastUs, lastValue] of series) {
    const entry = new Series({ id: seriesId, device: name, channel, type, unit });
    entry.intervalMs = intervalMs;
    entry.setLatest(lastUs, lastValue);
    registry.addSeries(device, entry);
  }
  for (const epoch of epochs) restoreEpoch(registry, device, epoch);
  for (const account of accounts) restoreAccount(device.account(account[0]), account);
  return { id, takenAt };
}

/** Completes the tables with what a checkpoint ends with. Throws for what is none. */
export function restoreSummary(registry: Registry, value: unknown): Summary {
  const summary = summarySchema.parse(value);
  registry.nextDeviceId = Math.max(registry.nextDeviceId, summary.nextDeviceId);
  registry.nextSeriesId = Math.max(registry.nextSeriesId, summary.nextSeriesId);
  for (const [store, offset] of summary.storeCursors) registry.storeCursors.set(store, offset);
  return summary;
}

function restoreEpoch(registry: Registry, device: DeviceEntry, tuple: z.output<typeof epochSchema>): void {
  const [id, channels, ranges, guess, firstUs, lastUs, readings] = tuple;
  const entry = device.epoch(id);
  for (const [index, seriesId] of channels.entries()) {
    const series = registry.series[seriesId];
    if (series !== undefined) entry.channels[index] = series;
  }
  for (let i = 0; i + 1 < ranges.length; i += 2) device.saw(entry, ranges[i] ?? 0, ranges[i + 1] ?? 0);
  entry.settled = SequenceSet.from(entry.seen.ranges());
  if (guess !== null) entry.guess = { offsetUs: guess[0], uncertaintyUs: guess[1], source: guess[2] };
  entry.firstUs = firstUs;
  entry.lastUs = lastUs;
  entry.readings = readings;
}
