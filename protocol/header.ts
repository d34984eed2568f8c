/** The head of a frame, `[type, epoch, seq, ...`, read and rewritten without decoding the rest. */
import { FrameType } from './codes.js';
import type { EpochRef } from './frames.js';
import { encodeItem, integerItem } from './item.js';
import { ItemReader } from './item-reader.js';
import { EPOCH_ID_START, EPOCH_INDEX_END, SEQUENCE_MAX } from './limits.js';
import { ProtocolError, outOfRange, wrongType } from './protocol-error.js';

export interface FrameHeader {
  readonly type: number;
  /** Null for frames that are not sequenced. */
  readonly epoch: EpochRef | null;
  readonly seq: number | null;
}

const SEQUENCED = new Set<number>([FrameType.describe, FrameType.readings, FrameType.gap]);

/** A cheap look at the first elements of a frame. Null where they cannot be read; the rest may still be damaged. */
export function peekFrame(bytes: Uint8Array): FrameHeader | null {
  try {
    return readHeader(new ItemReader(bytes));
  } catch (error) {
    if (error instanceof ProtocolError) return null;
    throw error;
  }
}

/** Reads type, epoch and sequence; the reader then stands at the fourth element of a sequenced frame. */
export function readHeader(reader: ItemReader): FrameHeader {
  reader.array('frame');
  const type = reader.uint('type');
  if (!SEQUENCED.has(type)) return { type, epoch: null, seq: null };
  const epoch = checkEpoch(reader.uint('epoch'), 'epoch');
  return { type, epoch, seq: checkSequence(reader.uint('seq'), 'seq') };
}

export function checkEpoch(epoch: number, field: string): EpochRef {
  if (epoch >= EPOCH_INDEX_END && epoch < EPOCH_ID_START) throw outOfRange(field, epoch, EPOCH_INDEX_END - 1);
  return epoch;
}

export function checkSequence(seq: number, field: string): number {
  if (seq < 1) throw outOfRange(field, seq, 1);
  if (seq > SEQUENCE_MAX) throw outOfRange(field, seq, SEQUENCE_MAX);
  return seq;
}

/** The same sequenced frame with another reference to its epoch (index or id). Copies; leaves `bytes` alone. */
export function withEpoch(bytes: Uint8Array, epoch: EpochRef): Uint8Array {
  const reader = new ItemReader(bytes);
  reader.array('frame');
  const type = reader.uint('type');
  if (!SEQUENCED.has(type)) throw wrongType('type', 'a sequenced frame');
  const start = reader.at;
  reader.uint('epoch');
  const item = encodeItem(integerItem(checkEpoch(epoch, 'epoch')));
  const frame = new Uint8Array(start + item.length + bytes.length - reader.at);
  frame.set(bytes.subarray(0, start));
  frame.set(item, start);
  frame.set(bytes.subarray(reader.at), start + item.length);
  return frame;
}
