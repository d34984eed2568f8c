/**
 * One record of the hub's log: an envelope of what the hub knew when it took the frame, then the frame as it came.
 *
 *   0  u8  version (1)      1  u8  kind            2  u8  clock source     3  u8  reserved, 0
 *   4  u32 device id        8  u32 sequence       12  u16 n, series count  14 u16 reserved, 0
 *  16  f64 epoch id        24  f64 received, UTC us
 *  32  f64 clock offset us, UTC minus monotonic   40  f64 its uncertainty us
 *  48  u32 * n series ids  48 + 4n  the frame, with its epoch as id
 *
 * Little-endian. A reader needs the table of series and nothing else: a readings record names the series of each
 * column, a describe record the series that each of its channels was given.
 */
import { WeirError } from '@weir/runtime';

export const RecordKind = { readings: 1, describe: 2, gap: 3, rejected: 4, device: 5 } as const;
export type RecordKind = (typeof RecordKind)[keyof typeof RecordKind];

/** Where a record's clock offset comes from: an exchange with the hub, the device's own clock, or bounds alone. */
export const ClockSource = { synced: 0, device: 1, bounded: 2 } as const;
export type ClockSource = (typeof ClockSource)[keyof typeof ClockSource];
export type ClockSourceName = keyof typeof ClockSource;

export interface HubRecord {
  readonly kind: RecordKind;
  readonly device: number;
  readonly epoch: number;
  readonly seq: number;
  /** UTC us at which the hub took the frame. */
  readonly receivedUs: number;
  /** Add to a monotonic time (us) for UTC us. */
  readonly offsetUs: number;
  readonly uncertaintyUs: number;
  readonly clockSource: ClockSource;
  readonly series: ArrayLike<number>;
  /** The frame; for `rejected` the encoded reject, for `device` the device's name in UTF-8. */
  readonly frame: Uint8Array;
}

/** By code; a record is told apart without a search. */
const KINDS = byCode(RecordKind);
const CLOCK_SOURCES = byCode(ClockSource);
const VERSION = 1;
const HEADER_BYTES = 48;

/** The envelope alone; append it and `record.frame` as one log record. */
export function encodeEnvelope(record: HubRecord): Uint8Array {
  const { series } = record;
  const bytes = new Uint8Array(HEADER_BYTES + 4 * series.length);
  const view = new DataView(bytes.buffer);
  bytes[0] = VERSION;
  bytes[1] = record.kind;
  bytes[2] = record.clockSource;
  view.setUint32(4, record.device, true);
  view.setUint32(8, record.seq, true);
  view.setUint16(12, series.length, true);
  view.setFloat64(16, record.epoch, true);
  view.setFloat64(24, record.receivedUs, true);
  view.setFloat64(32, record.offsetUs, true);
  view.setFloat64(40, record.uncertaintyUs, true);
  for (let i = 0; i < series.length; i++) view.setUint32(HEADER_BYTES + 4 * i, series[i] ?? 0, true);
  return bytes;
}

/** Reads a record back; `frame` is a view of `bytes`. Throws `log.bad_record` when the bytes are not one. */
export function decodeRecord(bytes: Uint8Array): HubRecord {
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  if (bytes.length < HEADER_BYTES)
    throw badRecord(`${bytes.length} bytes, fewer than a header's ${HEADER_BYTES}`);
  if (bytes[0] !== VERSION) throw badRecord(`version ${bytes[0]}, known is ${VERSION}`);
  const kind = KINDS[bytes[1] ?? 0];
  const clockSource = CLOCK_SOURCES[bytes[2] ?? 0];
  if (kind === undefined) throw badRecord(`unknown kind ${bytes[1]}`);
  if (clockSource === undefined) throw badRecord(`unknown clock source ${bytes[2]}`);
  const count = view.getUint16(12, true);
  const body = HEADER_BYTES + 4 * count;
  if (bytes.length < body) throw badRecord(`${count} series do not fit in ${bytes.length} bytes`);
  const series = new Uint32Array(count);
  for (let i = 0; i < count; i++) series[i] = view.getUint32(HEADER_BYTES + 4 * i, true);
  return {
    kind,
    device: view.getUint32(4, true),
    seq: view.getUint32(8, true),
    epoch: view.getFloat64(16, true),
    receivedUs: view.getFloat64(24, true),
    offsetUs: view.getFloat64(32, true),
    uncertaintyUs: view.getFloat64(40, true),
    clockSource,
    series,
    frame: bytes.subarray(body),
  };
}

function byCode<T extends number>(table: Readonly<Record<string, T>>): readonly (T | undefined)[] {
  const codes: (T | undefined)[] = [];
  for (const code of Object.values(table)) codes[code] = code;
  return codes;
}

function badRecord(detail: string): WeirError {
  return new WeirError('log.bad_record', `not a hub record: ${detail}`);
}
