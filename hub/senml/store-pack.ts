import { ErrorCode, ProtocolError } from '@weir/protocol';
import type { Holder } from '../auth/tokens.js';
import type { TakenFrames } from '../ingest/frame-sequence.js';
import type { Ingest } from '../ingest/ingest.js';
import type { DeviceEntry } from '../registry/device.js';
import type { OwnEpochs } from './own-epochs.js';
import { resolvePack, type RefusedRecord } from './pack.js';
import { placeName } from './place-name.js';
import { transcribe, type PlacedRecord } from './transcribe.js';

export interface PackContext {
  readonly ingest: Ingest;
  readonly ownEpochs: OwnEpochs;
  readonly holder: Holder;
  /** The device that all names are of; null when the names say it. */
  readonly device: string | null;
  /** Makes a request that is sent again known; null when there is none. */
  readonly key: string | null;
  readonly nowUs: number;
}

/** Takes a decoded SenML pack in. Throws ProtocolError for a pack that is none, `hub.too_many_devices`, `log.overloaded`. */
export function storePack(pack: unknown, context: PackContext): TakenFrames {
  const { ingest, ownEpochs, key, nowUs } = context;
  const { records, refused } = resolvePack(pack, nowUs);
  const taken = { stored: 0, duplicates: 0, refused: [...refused], devices: [] as DeviceEntry[] };
  for (const [name, placed] of byDevice(records, context, taken.refused)) {
    const device = ingest.device(name, nowUs);
    const own = key === null ? ownEpochs.of(device) : ownEpochs.forKey(device, key);
    const transcript = transcribe(ingest, device, own, placed, nowUs);
    taken.stored += transcript.stored;
    taken.duplicates += transcript.duplicates;
    taken.refused.push(...transcript.refused);
    taken.devices.push(device);
  }
  return taken;
}

function byDevice(
  records: ReturnType<typeof resolvePack>['records'],
  { device: known, holder }: PackContext,
  refused: RefusedRecord[],
): Map<string, PlacedRecord[]> {
  const groups = new Map<string, PlacedRecord[]>();
  for (const record of records) {
    try {
      const { device, channel } = placeName(record.name, known);
      if (!holder.mayBe(device)) throw notYours(device, holder);
      const group = groups.get(device) ?? [];
      group.push({ ...record, channel });
      groups.set(device, group);
    } catch (error) {
      if (!(error instanceof ProtocolError)) throw error;
      refused.push({ index: record.index, error });
    }
  }
  return groups;
}

function notYours(device: string, { name, device: bound }: Holder): ProtocolError {
  const message = `the token of ${name} is not for device ${device}`;
  return new ProtocolError(ErrorCode.deviceMismatch, message, { limit: bound, value: device });
}
