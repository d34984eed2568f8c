/**
 * The hub's tables: devices, their series, and per epoch what has been taken. They are a function of the log: the same
 * records applied in order give the same tables and the same ids, so that `apply` serves a frame just appended and
 * a record read back at start alike.
 *
 * Limits: devices, series of all devices together (config). Ids count up from 1 and are never used twice.
 */
import {
  decodeFrame,
  type Describe,
  type Frame,
  type Gap,
  type ReadingsSummary,
  type SequenceRange,
} from '@weir/protocol';
import { WeirError } from '@weir/runtime';
import { ClockSource, RecordKind, type Envelope, type HubRecord } from '../ingest/record.js';
import type { AccountArchive } from '../ledger/archive.js';
import { Losses, type LossListener } from '../ledger/losses.js';
import { missing, type Awaited } from './backlog.js';
import { DeviceEntry } from './device.js';
import type { EpochEntry } from './epoch.js';
import type { ReadingsRun } from './readings-run.js';
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

const NOWHERE: AccountArchive = { append: () => true, flushed: () => Promise.resolve() };

export class Registry {
  readonly limits: RegistryLimits;
  readonly remembered: Remembered;
  readonly devices = new Map<string, DeviceEntry>();
  /** By id; index 0 and the ids of damaged records are empty. */
  readonly series: (Series | undefined)[] = [];
  readonly #devicesById = new Map<number, DeviceEntry>();
  readonly #listeners = new Set<(series: readonly Series[]) => void>();
  readonly #losses = new Losses(NOWHERE);
  /** How far each store had read the log when that was last known. */
  readonly storeCursors = new Map<string, number>();
  #seriesCount = 0;
  nextDeviceId = 1;
  nextSeriesId = 1;
  /** Records taken in since this was made. */
  applied = 0;

  constructor(limits: RegistryLimits) {
    this.limits = limits;
    this.remembered = new Remembered(limits.epochs);
  }

  /** Where the accounts of epochs go that are let go. */
  set archive(archive: AccountArchive) {
    this.#losses.archive = archive;
  }

  get archive(): AccountArchive {
    return this.#losses.archive;
  }

  /** Told of frames that are found to be lost or are refused, those of records read back at start included. */
  onLoss(listener: LossListener): () => void {
    return this.#losses.onLoss(listener);
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
   * Takes a record of another kind than readings into the tables. `frame` is what it holds, inspected; null for all but
   * `describe` and `gap` records. Throws `log.bad_record` for a record of a device that no earlier record introduced.
   */
  apply(record: HubRecord, frame: Describe | Gap | null): void {
    this.applied++;
    if (record.kind === RecordKind.device) {
      if (!this.#devicesById.has(record.device))
        this.addDevice(record.device, new TextDecoder().decode(record.frame));
      return;
    }
    if (record.kind === RecordKind.missed)
      return this.#losses.missed(record, (id) => this.#devicesById.get(id));
    if (record.kind === RecordKind.held) return this.#losses.held(this.#device(record.device), record);
    const { device, epoch } = this.#seen(record, 1, 0, null);
    if (record.kind === RecordKind.rejected) this.#rejected(device, record);
    else if (frame?.type === 'describe') this.#describe(device, epoch, record, frame);
    else if (frame?.type === 'gap') this.#gap(device, record);
  }

  /** The same for a record of readings, `bytes`, which ends at `end` in the log and of which `run` says what it holds. */
  applyReadings(envelope: Envelope, run: ReadingsRun, bytes: Uint8Array, end: number): void {
    const { receivedUs, offsetUs, uncertaintyUs, clockSource: source } = envelope;
    this.applied++;
    const { device, epoch } = this.#seen(envelope, run.frames, run.readings, run.lastUs + offsetUs);
    device.readings += run.readings;
    epoch.readings += run.readings;
    device.lastReadingUs = receivedUs;
    if (source === ClockSource.bounded) epoch.guess ??= { offsetUs, uncertaintyUs, source };
    else {
      epoch.firstUs = Math.min(epoch.firstUs ?? Infinity, run.firstUs + offsetUs + uncertaintyUs);
      epoch.lastUs = Math.max(epoch.lastUs ?? -Infinity, run.lastUs + offsetUs - uncertaintyUs);
    }
    this.#latest(run, bytes, offsetUs, end);
  }

  /** Takes note of `frames` sequences of an epoch; `lastUs` is UTC us of their latest reading, null where they have none. */
  #seen(envelope: Envelope, frames: number, readings: number, lastUs: number | null): Place {
    const { device: id, epoch: epochId, seq, receivedUs } = envelope;
    const device = this.#device(id);
    const epoch = device.epoch(epochId);
    const last = seq + frames - 1;
    device.saw(epoch, seq, last);
    device.lastSeenUs = Math.max(device.lastSeenUs ?? 0, receivedUs);
    if (epoch.awaited !== null) countDown(epoch.awaited, [seq, last], readings, receivedUs, lastUs);
    return { device, epoch };
  }

  #rejected(device: DeviceEntry, { frame, receivedUs, epoch, seq }: HubRecord): void {
    device.rejected++;
    const reject = decodeFrame(frame);
    if (reject.type !== 'reject') return;
    device.rejects.note(reject, receivedUs);
    this.#losses.rejected(device, epoch, seq, reject, receivedUs);
  }

  /** The record's frame, unlike the one that came, names the lost epoch by its id. */
  #gap(device: DeviceEntry, { frame, receivedUs }: HubRecord): void {
    const gap = decodeFrame(frame);
    if (gap.type !== 'gap') return;
    this.#losses.gap(device, gap, receivedUs);
    const [first, last] = gap.lost;
    device.lost += last - first + 1;
    device.lastLoss = { atUs: receivedUs, reason: gap.reason, lost: gap.lost };
    const entry = device.epochs.get(gap.lostEpoch);
    if (!entry?.awaited) return;
    const { range, backlog } = entry.awaited;
    backlog.givenUp(missing(entry, [Math.max(first, range[0]), Math.min(last, range[1])]));
  }

  /** Throws for a device whose introduction was lost to damage. Its id must not be given again. */
  #device(id: number): DeviceEntry {
    const device = this.#devicesById.get(id);
    if (device !== undefined) return device;
    this.nextDeviceId = Math.max(this.nextDeviceId, id + 1);
    throw new WeirError('log.bad_record', `device ${id} was never introduced`);
  }

  /** Frames of an epoch that are missing where the log is damaged. */
  damaged(device: DeviceEntry, epoch: number, range: SequenceRange, atUs: number): void {
    this.#losses.damaged(device, epoch, range, atUs);
  }

  /** Lets epochs go that a device no longer holds, `held` being those that it does. Their accounts go to the archive. */
  letGo(device: DeviceEntry, held: ReadonlySet<number>, atUs: number): void {
    for (const epoch of device.formerEpochs(held)) if (!this.#losses.close(device, epoch, atUs)) return;
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

  /** From the last column to the first, so that of each series the frame with its latest value alone is kept. */
  #latest(run: ReadingsRun, bytes: Uint8Array, offsetUs: number, end: number): void {
    const kept = new KeptFrame(bytes);
    for (let column = run.columns - 1; column >= 0; column--) {
      const id = run.series[column] ?? 0;
      const series = this.series[id];
      if (series === undefined) {
        // Its introduction was lost to damage; its id must not be given again.
        this.nextSeriesId = Math.max(this.nextSeriesId, id + 1);
        continue;
      }
      const isFirst = series.lastOffset !== end;
      if (isFirst) series.appended(end);
      const lastUs = (run.columnLastUs[column] ?? 0) + offsetUs;
      const before = series.lastUs ?? -Infinity;
      if (lastUs < before || (lastUs === before && !isFirst)) continue;
      kept.enter(run.frameStart[column] ?? 0, run.frameEnd[column] ?? 0);
      kept.giveLatest(series, lastUs, run.channel[column] ?? 0);
    }
  }
}

/** So much less is to come of what the device held when it connected. */
function countDown(
  { range, backlog }: Awaited,
  [first, last]: SequenceRange,
  readings: number,
  receivedUs: number,
  lastUs: number | null,
): void {
  const frames = Math.min(last, range[1]) - Math.max(first, range[0]) + 1;
  if (frames > 0) backlog.came(frames, readings, receivedUs, lastUs);
}

interface Place {
  readonly device: DeviceEntry;
  readonly epoch: EpochEntry;
}

/** One frame of a record, for the latest values in it. */
class KeptFrame {
  readonly #record: Uint8Array;
  #start = -1;
  #bytes: Uint8Array | null = null;
  #decoded: Frame | null = null;

  constructor(record: Uint8Array) {
    this.#record = record;
  }

  enter(start: number, end: number): void {
    if (start === this.#start) return;
    this.#start = start;
    const large = end - start > KEPT_BYTES_MAX;
    this.#bytes = large ? null : this.#record.slice(start, end);
    this.#decoded = large ? decodeFrame(this.#record.subarray(start, end)) : null;
  }

  giveLatest(series: Series, lastUs: number, channel: number): void {
    if (this.#bytes !== null) series.setLatestIn(lastUs, this.#bytes, channel);
    else if (this.#decoded !== null) series.setLatest(lastUs, lastValueIn(this.#decoded, channel));
  }
}
