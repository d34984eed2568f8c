/**
 * One record of the spool, in a record of the log. Little-endian:
 *
 *   0  u8  version (1)    1  u8  kind    2  u16 reserved, 0
 *
 *   frame, copy   4  u32 readings   8  f64 taken, monotonic us   16  the frame as on the wire, with its epoch's id
 *   others        4  JSON (UTF-8): epoch { epoch, boot, deviceUtcUs, agent, refused }, anchor { boot, anchor },
 *                    settled { epoch, ranges }
 *
 * A copy is a describe frame written again because the segment of its original goes: the same epoch and sequence, so
 * the hub knows it for what it is. An epoch, an anchor and copies may stand behind frames that need them.
 */
import { FrameType, peekFrame, type ClockAnchor, type SequenceRange } from '@weir/protocol';
import { WeirError } from '@weir/runtime';
import { z } from 'zod';
import type { StoredFrame } from './stored-frame.js';

export interface EpochNote {
  readonly epoch: number;
  readonly boot: string;
  readonly deviceUtcUs: number | null;
  readonly agent: string;
  /** Channels that the hub takes no readings of. */
  readonly refused: readonly number[];
}

export type SpoolRecord =
  | { readonly kind: 'frame' | 'copy'; readonly frame: StoredFrame }
  | ({ readonly kind: 'epoch' } & EpochNote)
  | { readonly kind: 'anchor'; readonly boot: string; readonly anchor: ClockAnchor }
  | { readonly kind: 'settled'; readonly epoch: number; readonly ranges: readonly SequenceRange[] };

const VERSION = 1;
const KINDS = { frame: 1, copy: 2, epoch: 3, anchor: 4, settled: 5 } as const;
const NOTE_HEADER_BYTES = 4;
const FRAME_HEADER_BYTES = 16;

const EPOCH_ID_MIN = 2 ** 32;

const microseconds = z.number().int();
const epochId = z
  .number()
  .int()
  .min(2 ** 32);
const notes = {
  epoch: z.object({
    epoch: epochId,
    boot: z.string().max(128),
    deviceUtcUs: microseconds.nullable(),
    agent: z.string().max(256),
    refused: z.array(z.number().int().nonnegative()),
  }),
  anchor: z.object({
    boot: z.string().max(128),
    anchor: z.object({
      monotonicUs: microseconds,
      utcUs: microseconds,
      uncertaintyUs: microseconds.nonnegative(),
    }),
  }),
  settled: z.object({
    epoch: epochId,
    ranges: z.array(z.tuple([z.number().int().positive(), z.number().int().positive()])),
  }),
};

/** What goes before the frame's own bytes in its record. */
export function frameHeader(kind: 'frame' | 'copy', frame: StoredFrame): Uint8Array {
  const bytes = new Uint8Array(FRAME_HEADER_BYTES);
  const view = new DataView(bytes.buffer);
  bytes[0] = VERSION;
  bytes[1] = KINDS[kind];
  view.setUint32(4, frame.readings, true);
  view.setFloat64(8, frame.takenUs, true);
  return bytes;
}

export function encodeNote(record: Exclude<SpoolRecord, { kind: 'frame' | 'copy' }>): Uint8Array {
  const { kind, ...content } = record;
  return Buffer.concat([Buffer.from([VERSION, KINDS[kind], 0, 0]), Buffer.from(JSON.stringify(content))]);
}

/** Reads a record back; a frame is a view of `bytes`. Throws `log.bad_record` for what this version does not know. */
export function decodeSpoolRecord(bytes: Uint8Array): SpoolRecord {
  if (bytes[0] !== VERSION) throw badRecord(`version ${bytes[0]}, known is ${VERSION}`);
  const kind = bytes[1];
  if (kind === KINDS.frame) return { kind: 'frame', frame: decodeStored(bytes) };
  if (kind === KINDS.copy) return { kind: 'copy', frame: decodeStored(bytes) };
  if (kind === KINDS.epoch) return { kind: 'epoch', ...decodeNote(notes.epoch, bytes) };
  if (kind === KINDS.anchor) return { kind: 'anchor', ...decodeNote(notes.anchor, bytes) };
  if (kind === KINDS.settled) return { kind: 'settled', ...decodeNote(notes.settled, bytes) };
  throw badRecord(`unknown kind ${kind}`);
}

function decodeStored(bytes: Uint8Array): StoredFrame {
  const frame = bytes.subarray(FRAME_HEADER_BYTES);
  const { type, epoch = null, seq = null } = peekFrame(frame) ?? {};
  const kind = kindOf(type);
  if (kind === null || epoch === null || seq === null || epoch < EPOCH_ID_MIN)
    throw badRecord(`${bytes.length} bytes that are no sequenced frame with an epoch's id`);
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  const readings = view.getUint32(4, true);
  const takenUs = view.getFloat64(8, true);
  return { kind, epoch, seq, readings, takenUs, bytes: frame };
}

function kindOf(type: number | undefined): StoredFrame['kind'] | null {
  if (type === FrameType.readings) return 'readings';
  if (type === FrameType.describe) return 'describe';
  return type === FrameType.gap ? 'gap' : null;
}

function decodeNote<T extends z.ZodType>(schema: T, bytes: Uint8Array): z.output<T> {
  const result = schema.safeParse(jsonOf(bytes.subarray(NOTE_HEADER_BYTES)));
  if (result.success) return result.data;
  throw badRecord(result.error.issues[0]?.message ?? 'not what it should be');
}

function jsonOf(bytes: Uint8Array): unknown {
  try {
    return JSON.parse(Buffer.from(bytes).toString('utf8'));
  } catch {
    throw badRecord('not JSON');
  }
}

function badRecord(detail: string): WeirError {
  return new WeirError('log.bad_record', `not a spool record: ${detail}`);
}
