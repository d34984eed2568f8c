/**
 * Frames to bytes and back. One frame is one CBOR array and one WebSocket message.
 *
 *   bytes -> checkItem -> readings: read from the bytes -------------------> Frame
 *                     \-> any other: cbor-x -> elements -> frame-shapes --/
 *
 * Whatever the bytes are, decoding throws nothing but ProtocolError, takes time linear in their length, and makes
 * room for no more than the limits allow. What `encodeFrame` gives, `decodeFrame` gives back exactly.
 */
import { checkItem, checkItemAt, frameTooLarge } from './check.js';
import { FrameType } from './codes.js';
import { type RowFrame, readRow, rowItems } from './frame-shapes.js';
import type { Frame } from './frames.js';
import { peekFrame } from './header.js';
import { decodeItem, encodeItem } from './item.js';
import { ItemReader } from './item-reader.js';
import { LIMITS, type Limits } from './limits.js';
import { ProtocolError, tooManyElements } from './protocol-error.js';
import { decodeReadings, readingsItems } from './readings.js';
import { type ReadingsSummary, summarizeReadings } from './readings-summary.js';

/** The frame in its smallest exact form. Throws ProtocolError for a frame that no decoder would accept. */
export function encodeFrame(frame: Frame): Uint8Array {
  const bytes = encodeItem(frame.type === 'readings' ? readingsItems(frame) : rowItems(frame));
  if (bytes.length > LIMITS.frameBytes) throw frameTooLarge(bytes.length, LIMITS);
  return bytes;
}

/** A frame as `inspectFrame` gives it. */
export type InspectedFrame = RowFrame | ReadingsSummary;

/** The frame that `bytes` hold, which must be all of them. Numbers of readings come as Float64Array. */
export function decodeFrame(bytes: Uint8Array, limits: Limits = LIMITS): Frame {
  return read(bytes, limits, decodeReadings);
}

/**
 * Makes every check of `decodeFrame`, to the last value, but gives readings as a summary: all that a hub needs to
 * take the frame in, at less cost. There is one summary, which is good until the next call. Other frames come whole.
 */
export function inspectFrame(bytes: Uint8Array, limits: Limits = LIMITS): InspectedFrame {
  return read(bytes, limits, summarizeReadings);
}

function read<R>(
  bytes: Uint8Array,
  limits: Limits,
  readReadings: (bytes: Uint8Array, limits: Limits) => R,
): RowFrame | R {
  try {
    const { hasFloat } = checkItem(bytes, limits);
    const type = frameType(bytes);
    if (type === FrameType.readings) return readReadings(bytes, limits);
    return readRow(type, decodeItem(bytes), hasFloat, limits);
  } catch (error) {
    throw identified(error, bytes);
  }
}

/** Most frames that one CBOR sequence may hold. */
const SEQUENCE_FRAMES_MAX = 65_536;

/** The frames of a CBOR sequence (RFC 8742), each a view of `bytes`: well-formed, but not decoded yet. */
export function splitSequence(bytes: Uint8Array, limits: Limits = LIMITS): Uint8Array[] {
  const frames: Uint8Array[] = [];
  for (let start = 0; start < bytes.length;) {
    // Checked before the next view is made: a view weighs more than the one byte that an item may be.
    if (frames.length === SEQUENCE_FRAMES_MAX)
      throw tooManyElements('sequence', frames.length + 1, SEQUENCE_FRAMES_MAX);
    const { end } = checkItemAt(bytes, start, limits);
    if (end - start > limits.frameBytes) throw frameTooLarge(end - start, limits);
    frames.push(bytes.subarray(start, end));
    start = end;
  }
  return frames;
}

const reader = new ItemReader(new Uint8Array(0));

function frameType(bytes: Uint8Array): number {
  reader.open(bytes);
  reader.array('frame');
  return reader.uint('type');
}

/** Puts the frame's epoch and sequence on an error, where they can be read: the sender learns which frame it was. */
function identified(error: unknown, bytes: Uint8Array): unknown {
  const header = error instanceof ProtocolError ? peekFrame(bytes) : null;
  return error instanceof ProtocolError && header !== null ? error.of(header.epoch, header.seq) : error;
}
