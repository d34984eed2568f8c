/**
 * Takes the tables down while the hub works on: some devices at a time, each whole and with the place in the log that it
 * had got to. What the hub takes in between is read again from the log at the next start (rebuild.ts).
 */
import type { Log } from '@weir/log';
import type { DeviceEntry } from './device.js';
import type { Registry } from './registry.js';
import { deviceTuple, type DeviceTuple, type Summary } from './snapshot.js';

/** Series, epochs and ranges in one slice: three milliseconds to take down and encode. */
const SLICE_ITEMS = 5_000;

export type Slice = { readonly devices: readonly DeviceTuple[] } | { readonly summary: Summary };

/** The slices of a checkpoint; the summary comes last, once all that is in the others, and all that was let go before, is on disk. */
export async function* capture(registry: Registry, log: Pick<Log, 'end' | 'flushed'>): AsyncGenerator<Slice> {
  const offset = log.end;
  let devices: DeviceTuple[] = [];
  let items = 0;
  for (const device of registry.devices.values()) {
    devices.push(deviceTuple(device, log.end));
    items += weightOf(device);
    if (items < SLICE_ITEMS) continue;
    yield { devices };
    devices = [];
    items = 0;
  }
  if (devices.length > 0) yield { devices };
  const { nextDeviceId, nextSeriesId } = registry;
  const storeCursors = [...registry.storeCursors];
  const summary = { offset, end: log.end, nextDeviceId, nextSeriesId, storeCursors };
  await Promise.all([log.flushed(), registry.archive.flushed()]);
  yield { summary };
}

function weightOf(device: DeviceEntry): number {
  let items = 1 + device.series.size;
  for (const { seen } of device.epochs.values()) items += 1 + seen.size;
  for (const account of device.accounts.values()) items += 1 + account.size;
  return items;
}
