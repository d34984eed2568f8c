import type { Describe, Hello, Reject } from '@weir/protocol';
import type { LogPort } from './log-port.js';
import { WeirError } from '@weir/runtime';
import type { DeviceEntry } from '../registry/device.js';
import type { ClockOffset, EpochEntry } from '../registry/epoch.js';
import type { Registry, StoredFrame } from '../registry/registry.js';
import { seriesOfDescribe } from './check.js';
import { Intake } from './intake.js';
import { Placement, type Arrival } from './placement.js';
import { ClockSource, encodeEnvelope, RecordKind, type HubRecord } from './record.js';
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

/** The one way into the log. */
export class Ingest {
  readonly counts: IngestCounts = { frames: 0, readings: 0, bytes: 0, duplicates: 0, rejected: 0 };
  readonly #parts: IngestParts;

  constructor(parts: IngestParts) {
    this.#parts = parts;
  }

  /**
   * Opens the way for a device; makes it known at first sight. Throws `hub.too_many_devices`, `hub.too_many_epochs`,
   * `log.overloaded`.
   */
  open(hello: Hello, arrival: Arrival): Opened {
    const device = this.device(hello.device, arrival.latestUs);
    const ids = new Set(hello.epochs.map(({ epoch }) => epoch));
    device.forgetFormerEpochs(ids);
    this.#checkRoom(device, ids);
    const known = [...device.epochs.values()].flatMap(({ lastUs }) => (lastUs === null ? [] : [lastUs]));
    const [current, ...former] = hello.epochs;
    // Which to forget goes by the order of first sight, so the oldest comes first; in hello the current one does.
    for (const { epoch } of former) device.epoch(epoch);
    if (current !== undefined) device.epoch(current.epoch);
    const epochs = hello.epochs.map(({ epoch }) => device.epoch(epoch));
    const placement = new Placement(hello, arrival, epochs, known);
    const intake = new Intake(this, device, epochs, (...frame) => placement.of(...frame));
    return { intake, placement };
  }

  /** The same for frames that the hub makes itself, in an epoch of its own and with a clock that is known. */
  openOwn(device: DeviceEntry, epoch: number, clock: ClockOffset): Intake {
    device.forgetFormerEpochs(new Set([epoch]));
    return new Intake(this, device, [device.epoch(epoch)], () => clock);
  }

  #checkRoom(device: DeviceEntry, ids: ReadonlySet<number>): void {
    const { remembered, limits } = this.#parts.registry;
    let added = 0;
    for (const id of ids) if (!device.epochs.has(id)) added++;
    if (remembered.hasRoomForEpochs(added)) return;
    const message = `${device.name} brings ${added} epochs; the hub remembers ${remembered.epochs} of at most ${limits.epochs}`;
    const details = { limit: limits.epochs, value: remembered.epochs + added };
    throw new WeirError('hub.too_many_epochs', message, { retryable: true, details });
  }

  /** A device by name; made known, in the log too, at first sight. */
  device(name: string, nowUs: number): DeviceEntry {
    const { registry, log } = this.#parts;
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
    const frame = new TextEncoder().encode(name);
    const record = { ...DEVICE_RECORD, device: registry.nextDeviceId, receivedUs: nowUs, frame };
    log.append(encodeEnvelope(record), frame);
    registry.apply(record, null, log.end);
    return registry.devices.get(name) ?? registry.addDevice(record.device, name);
  }

  seriesOfDescribe(frame: Describe, device: DeviceEntry, epoch: EpochEntry): number[] {
    return seriesOfDescribe(frame, device, epoch, this.#parts.registry, this.#parts.channelsMax);
  }

  /** Appends a record and takes it into the tables. False, with nothing changed, when the log has no room now. */
  append(record: HubRecord, frame: StoredFrame | null, entry: EpochEntry, refusal: Reject | null): boolean {
    const { log, registry, settlement } = this.#parts;
    const envelope = encodeEnvelope(record);
    let end: number;
    try {
      end = log.append(envelope, record.frame);
    } catch (error) {
      if (error instanceof WeirError && error.code === 'log.overloaded') return false;
      throw error;
    }
    registry.apply(record, frame, end);
    entry.appended(record.seq, end, record.receivedUs, refusal);
    settlement.await(entry);
    this.counts.frames++;
    this.counts.bytes += record.frame.length;
    if (refusal !== null) this.counts.rejected++;
    else if (frame?.type === 'readings') this.counts.readings += frame.count;
    return true;
  }
}

const DEVICE_RECORD = {
  kind: RecordKind.device,
  epoch: 0,
  seq: 0,
  offsetUs: 0,
  uncertaintyUs: 0,
  clockSource: ClockSource.bounded,
  series: [],
};
