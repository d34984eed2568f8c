/**
 * The hub's tables: devices, their series, and per epoch what has been taken. They are a function of the log: the same
 * records applied in order give the same tables and the same ids, so that `apply` serves a frame just appended and
 * a record read back at start alike.
 *
 * Limits: devices, series of all devices together (config). Ids count up from 1 and are never used twice.
 */
import { decodeFrame, type Describe, type Gap, type ReadingsSummary } from '@weir/protocol';
import { WeirError } from '@weir/runtime';
import { ClockSource, RecordKind, type HubRecord } from '../ingest/record.js';
import { missing } from './backlog.js';
import { DeviceEntry } from './device.js';
import type { EpochEntry } from './epoch.js';
import { Remembered } from './remembered.js';
import { lastValueIn, Series } from './series.js';

export interface RegistryLimits {
  readonly devices: number;
  readonly series: number;
  readonly epochs: number;
}

/** A sequenced frame as `inspectFrame` gives it. */
export type StoredFrame = Describe | ReadingsSummary | Gap;

/** A frame up to this size is kept for the latest values in it and read when they are asked for. */
const KEPT_BYTES_MAX = 4096;

export class Registry {
  readonly limits: RegistryLimits;
  readonly remembered: Remembered;
  readonly devices = new Map<string, DeviceEntry>();
  /** By id; index 0 and the ids of damaged records are empty. */
  readonly series: (Series | undefined)[] = [];
  readonly #devicesById = new Map<number, DeviceEntry>();
  readonly #listeners = new Set<(series: readonly Series[]) => void>();
  #seriesCount = 0;
  nextDeviceId = 1;
  nextSeriesId = 1;
  /** Records taken in since this was made. */
  applied = 0;

  constructor(limits: RegistryLimits) {
    this.limits = limits;
    this.remembered = new Remembered(limits.epochs);
  }

  get seriesCount(): number {
    return this.#seriesCount;
  }

  /** Told of each new series before any record that uses it can be on disk. Returns what ends it. */
  onSeries(listener: (series: readonly Series[]) => void): () => void {
    this.#listeners.add(listener);
    return () => this.#listeners.delete(listener);
  }

  deviceById(id: number): DeviceEntry | undefined {
    return this.#devicesById.get(id);
  }

  /** All series, ordered by id. */
  allSeries(): Series[] {
    return this.series.filter((each) => each !== undefined);
  }

  addDevice(id: number, name: string): DeviceEntry {
    const device = new DeviceEntry(id, name, this.remembered);
    this.devices.set(name, device);
    this.#devicesById.set(id, device);
    this.nextDeviceId = Math.max(this.nextDeviceId, id + 1);
    return device;
  }

  addSeries(device: DeviceEntry, series: Series): void {
    device.series.set(series.channel, series);
    this.series[series.id] = series;
    this.#seriesCount++;
    this.nextSeriesId = Math.max(this.nextSeriesId, series.id + 1);
  }

  /**
   * Takes a record, which ends at `end` in the log, into the tables. `frame` is the record's frame inspected; null for `device` and `rejected` records.
   * Returns the epoch that it belongs to, with its sequence now seen; null for a `device` record. Throws
   * `log.bad_record` for a record of a device that no earlier record introduced.
   */
  apply(record: HubRecord, frame: StoredFrame | null, end: number): EpochEntry | null {
    const device = this.#devicesById.get(record.device);
    this.applied++;
    if (record.kind === RecordKind.device) {
      if (device === undefined) this.addDevice(record.device, new TextDecoder().decode(record.frame));
      return null;
    }
    if (device === undefined) throw this.#unknownDevice(record.device);
    const epoch = device.epoch(record.epoch);
    device.saw(epoch, record.seq, record.seq);
    device.lastSeenUs = Math.max(device.lastSeenUs ?? 0, record.receivedUs);
    this.#countDown(epoch, record, frame);
    if (record.kind === RecordKind.rejected) this.#rejected(device, record);
    else if (frame?.type === 'describe') this.#describe(device, epoch, record, frame);
    else if (frame?.type === 'readings') this.#readings(device, epoch, record, frame, end);
    else if (frame?.type === 'gap') this.#gap(device, record);
    return epoch;
  }

  /** One less to come of what the device held when it connected. */
  #countDown(
    { awaited }: EpochEntry,
    { seq, receivedUs, offsetUs }: HubRecord,
    frame: StoredFrame | null,
  ): void {
    if (awaited === null || seq > awaited.range[1] || seq < awaited.range[0]) return;
    const readings = frame?.type === 'readings' ? frame : null;
    const lastUs = readings?.columns.reduce((latest, column) => Math.max(latest, column.lastUs), -Infinity);
    awaited.backlog.came(receivedUs, lastUs === undefined ? null : lastUs + offsetUs);
  }

  #rejected(device: DeviceEntry, { frame, receivedUs }: HubRecord): void {
    device.rejected++;
    const reject = decodeFrame(frame);
    if (reject.type === 'reject') device.rejects.note(reject, receivedUs);
  }

  /** The record's frame, unlike the one that came, names the lost epoch by its id. */
  #gap(device: DeviceEntry, { frame, receivedUs }: HubRecord): void {
    const gap = decodeFrame(frame);
    if (gap.type !== 'gap') return;
    const [first, last] = gap.lost;
    device.lost += last - first + 1;
    device.lastLoss = { atUs: receivedUs, reason: gap.reason, lost: gap.lost };
    const entry = device.epochs.get(gap.lostEpoch);
    if (!entry?.awaited) return;
    const { range, backlog } = entry.awaited;
    backlog.givenUp(missing(entry, [Math.max(first, range[0]), Math.min(last, range[1])]));
  }

  /** A device whose introduction was lost to damage. Its id must not be given again. */
  #unknownDevice(id: number): WeirError {
    this.nextDeviceId = Math.max(this.nextDeviceId, id + 1);
    return new WeirError('log.bad_record', `device ${id} was never introduced`);
  }

  #describe(device: DeviceEntry, epoch: EpochEntry, record: HubRecord, frame: Describe): void {
    const added: Series[] = [];
    for (const [place, channel] of frame.channels.entries()) {
      let series = device.series.get(channel.name);
      if (series === undefined) {
        const { name, type, unit } = channel;
        const id = record.series[place] ?? 0;
        series = new Series({ id, device: device.name, channel: name, type, unit });
        this.addSeries(device, series);
        added.push(series);
      }
      series.intervalMs = channel.intervalMs;
      epoch.channels[channel.index] = series;
    }
    if (added.length > 0) for (const listener of this.#listeners) listener(added);
  }

  #readings(
    device: DeviceEntry,
    epoch: EpochEntry,
    record: HubRecord,
    frame: ReadingsSummary,
    end: number,
  ): void {
    device.readings += frame.count;
    device.lastReadingUs = record.receivedUs;
    const { offsetUs, uncertaintyUs, clockSource: source } = record;
    const guessed = source === ClockSource.bounded;
    if (guessed) epoch.guess ??= { offsetUs, uncertaintyUs, source };
    const large = record.frame.length > KEPT_BYTES_MAX ? decodeFrame(record.frame) : null;
    const kept = ownMemory(record.frame);
    for (const [place, { channel, firstUs, lastUs }] of frame.columns.entries()) {
      const id = record.series[place] ?? 0;
      const series = this.series[id];
      if (series === undefined) {
        // Its introduction was lost to damage; its id must not be given again.
        this.nextSeriesId = Math.max(this.nextSeriesId, id + 1);
        continue;
      }
      series.appended(end);
      if (series.lastUs === null || lastUs + offsetUs >= series.lastUs) {
        if (large === null) series.setLatestIn(lastUs + offsetUs, kept, channel);
        else series.setLatest(lastUs + offsetUs, lastValueIn(large, channel));
      }
      if (guessed) continue;
      epoch.firstUs = Math.min(epoch.firstUs ?? Infinity, firstUs + offsetUs);
      epoch.lastUs = Math.max(epoch.lastUs ?? -Infinity, lastUs + offsetUs);
    }
  }
}

/** Bytes that keep nothing else alive: a view of a larger buffer is copied, if it is going to be kept. */
function ownMemory(bytes: Uint8Array): Uint8Array {
  const whole = bytes.byteLength === bytes.buffer.byteLength;
  return whole || bytes.length > KEPT_BYTES_MAX ? bytes : new Uint8Array(bytes);
}
