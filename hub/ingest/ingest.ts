import type { Describe, Gap, Hello, ReadingsSummary, Reject } from '@weir/protocol';
import type { LogPort } from './log-port.js';
import { WeirError } from '@weir/runtime';
import { claimsOf } from '../ledger/claims.js';
import { encodeHeld, encodeMissed, type Missed } from '../ledger/ledger-records.js';
import type { DeviceEntry } from '../registry/device.js';
import type { ClockOffset, EpochEntry } from '../registry/epoch.js';
import type { Registry } from '../registry/registry.js';
import { seriesOfDescribe } from './check.js';
import { Intake } from './intake.js';
import type { Arrival } from './boot-clock.js';
import { Placement } from './placement.js';
import { OpenRun } from './open-run.js';
import { ClockSource, encodeRecord, RecordKind, type HubRecord } from './record.js';
import type { Settlement } from './settlement.js';

/** Since the hub's start. */
export interface IngestCounts {
  frames: number;
  readings: number;
  bytes: number;
  duplicates: number;
  rejected: number;
}

export interface IngestParts {
  readonly log: LogPort;
  readonly registry: Registry;
  readonly settlement: Settlement;
  readonly channelsMax: number;
}

export interface Opened {
  readonly intake: Intake;
  readonly placement: Placement;
}

/**
 * The one way into the log.
 *
 *   readings ──add──► open run ──seal──► log, tables, in flight
 *   the rest ──append, which seals what is open first──┘
 *
 * A run is open within one burst of frames: it is sealed when a frame comes that does not belong to it, when it is long
 * enough, and before anything but the burst goes on.
 */
export class Ingest {
  readonly counts: IngestCounts = { frames: 0, readings: 0, bytes: 0, duplicates: 0, rejected: 0 };
  readonly #parts: IngestParts;
  readonly #run = new OpenRun();
  #sealing = false;

  constructor(parts: IngestParts) {
    this.#parts = parts;
  }

  /**
   * Opens the way for a device; makes it known at first sight. Throws `hub.too_many_devices`, `hub.too_many_epochs`,
   * `log.overloaded`.
   */
  open(hello: Hello, arrival: Arrival): Opened {
    this.seal();
    const device = this.device(hello.device, arrival.latestUs);
    const ids = new Set(hello.epochs.map(({ epoch }) => epoch));
    this.#makeRoom(device, ids, arrival.latestUs);
    this.#noteHeld(device, hello, arrival.latestUs);
    this.#parts.registry.letGo(device, ids, arrival.latestUs);
    const known = [...device.epochs.values()].flatMap(({ lastUs }) => (lastUs === null ? [] : [lastUs]));
    const [current, ...former] = hello.epochs;
    // Which to forget goes by the order of first sight, so the oldest comes first; in hello the current one does.
    for (const { epoch } of former) device.epoch(epoch);
    if (current !== undefined) device.epoch(current.epoch);
    const epochs = hello.epochs.map(({ epoch }) => device.epoch(epoch));
    const placement = new Placement(hello, arrival, epochs, known);
    const intake = new Intake(this, device, epochs, (index, seq, span) => placement.of(index, seq, span));
    return { intake, placement };
  }

  /** The same for frames that the hub makes itself, in an epoch of its own and with a clock that is known. */
  openOwn(device: DeviceEntry, epoch: number, clock: ClockOffset, nowUs: number): Intake {
    this.#parts.registry.letGo(device, new Set([epoch]), nowUs);
    return new Intake(this, device, [device.epoch(epoch)], () => clock);
  }

  #makeRoom(device: DeviceEntry, ids: ReadonlySet<number>, nowUs: number): void {
    const { registry } = this.#parts;
    const { remembered, limits } = registry;
    let added = 0;
    for (const id of ids) if (!device.epochs.has(id)) added++;
    if (remembered.hasRoomForEpochs(added)) return;
    registry.letGo(device, ids, nowUs);
    if (remembered.hasRoomForEpochs(added)) return;
    const message = `${device.name} brings ${added} epochs; the hub remembers ${remembered.epochs} of at most ${limits.epochs}`;
    const details = { limit: limits.epochs, value: remembered.epochs + added };
    throw new WeirError('hub.too_many_epochs', message, { retryable: true, details });
  }

  /** A device by name; made known, in the log too, at first sight. */
  device(name: string, nowUs: number): DeviceEntry {
    const { registry } = this.#parts;
    const known = registry.devices.get(name);
    if (known !== undefined) return known;
    const { devices: limit } = registry.limits;
    if (registry.devices.size >= limit) {
      throw new WeirError(
        'hub.too_many_devices',
        `${name} would be device ${limit + 1}; the limit is ${limit}`,
        {
          details: { limit, value: limit + 1 },
        },
      );
    }
    const device = registry.nextDeviceId;
    const frame = new TextEncoder().encode(name);
    this.#note({ ...NO_FRAME, kind: RecordKind.device, device, receivedUs: nowUs, frame });
    return registry.devices.get(name) ?? registry.addDevice(device, name);
  }

  /** Records dropped from the log before a store had read them go into the ledger. Throws `log.overloaded`. */
  noteMissed(missed: Missed, nowUs: number): void {
    const frame = encodeMissed(missed);
    this.#note({ ...NO_FRAME, kind: RecordKind.missed, device: 0, receivedUs: nowUs, frame });
  }

  /** What a device says that it holds, where the ledger did not know. */
  #noteHeld(device: DeviceEntry, hello: Hello, nowUs: number): void {
    const claims = claimsOf(device, hello);
    if (claims === null) return;
    const frame = encodeHeld(claims);
    this.#note({ ...NO_FRAME, kind: RecordKind.held, device: device.id, receivedUs: nowUs, frame });
  }

  /** Appends a record that is no frame of a device. */
  #note(record: HubRecord): void {
    const { log, registry } = this.#parts;
    this.seal();
    log.append(encodeRecord(record));
    registry.apply(record, null);
  }

  seriesOfDescribe(frame: Describe, device: DeviceEntry, epoch: EpochEntry): number[] {
    return seriesOfDescribe(frame, device, epoch, this.#parts.registry, this.#parts.channelsMax);
  }

  /** The frame `seq` of an epoch is at hand. Is it the next of the open run? If not, that is sealed. */
  expect(entry: EpochEntry, seq: number): boolean {
    if (this.#run.isNext(entry, seq)) return true;
    this.seal();
    return false;
  }

  /**
   * Sees to it that a run is open for an expected frame. `clock` is the same object for frames of the same clock; another
   * one begins another run.
   */
  openRun(device: DeviceEntry, entry: EpochEntry, seq: number, clock: ClockOffset, receivedUs: number): void {
    if (!this.#run.hasClock(clock)) this.seal();
    if (this.#run.entry === null) this.#run.begin(device, entry, seq, clock, receivedUs);
  }

  /** Takes a frame of readings into the open run. False, with nothing changed, when the log has no room now. */
  add(frame: ReadingsSummary, series: ArrayLike<number>, bytes: Uint8Array): boolean {
    const run = this.#run;
    if (run.bytesWith(series, bytes) > this.#parts.log.room) return false;
    run.add(frame, series, bytes);
    if (run.over) this.seal();
    else if (!this.#sealing) {
      this.#sealing = true;
      queueMicrotask(this.#sealInTime);
    }
    return true;
  }

  /** Puts the open run into the log and the tables. */
  seal(): void {
    const { envelope, entry, readings } = this.#run;
    this.#run.end();
    if (envelope === null || entry === null || readings.frames === 0) return;
    const { log, registry } = this.#parts;
    const { bytes } = this.#run;
    const end = log.append(bytes);
    registry.applyReadings(envelope, readings, bytes, end);
    this.#appended(entry, envelope.seq, envelope.seq + readings.frames - 1, end, envelope.receivedUs);
    this.counts.readings += readings.readings;
    this.counts.bytes += readings.bytes;
  }

  /** Appends a record of a frame without readings and takes it into the tables. False, with nothing changed, when the log has no room now. */
  append(
    record: HubRecord,
    frame: Describe | Gap | null,
    entry: EpochEntry,
    refusal: Reject | null,
  ): boolean {
    const { log, registry } = this.#parts;
    this.seal();
    let end: number;
    try {
      end = log.append(encodeRecord(record));
    } catch (error) {
      if (error instanceof WeirError && error.code === 'log.overloaded') return false;
      throw error;
    }
    registry.apply(record, frame);
    if (refusal !== null) entry.refused(record.seq, refusal);
    this.#appended(entry, record.seq, record.seq, end, record.receivedUs);
    this.counts.bytes += record.frame.length;
    if (refusal !== null) this.counts.rejected++;
    return true;
  }

  #appended(entry: EpochEntry, first: number, last: number, end: number, receivedUs: number): void {
    entry.appended(first, last, end, receivedUs);
    this.#parts.settlement.await(entry);
    this.counts.frames += last - first + 1;
  }

  readonly #sealInTime = (): void => {
    this.#sealing = false;
    try {
      this.seal();
    } catch (error) {
      // A log that was closed meanwhile has not taken these frames: they are never acknowledged, and come again.
      if (!(error instanceof WeirError && error.code === 'log.closed')) throw error;
    }
  };
}

const NO_FRAME = {
  epoch: 0,
  seq: 0,
  offsetUs: 0,
  uncertaintyUs: 0,
  clockSource: ClockSource.bounded,
  series: [],
};
