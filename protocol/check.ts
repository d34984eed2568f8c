/**
 * The gate before anything is decoded: is this exactly one item of Weir's subset of CBOR (RFC 8949)?
 *
 *   allowed   integers within +-(2^53 - 1), byte strings, texts and arrays of definite length, false, true, null, floats
 *   refused   maps, tags, indefinite lengths, undefined and other simple values, reserved heads, bad UTF-8
 *
 * What passes can be decoded by anything without surprise: no length points past the end, no array is longer or
 * deeper than the limits, no extension of a CBOR library can be triggered. One pass, no recursion, no allocation.
 */
import { isUtf8 } from 'node:buffer';
import { ErrorCode } from './codes.js';
import { ItemReader, Major } from './item-reader.js';
import type { Limits } from './limits.js';
import { ProtocolError, malformed } from './protocol-error.js';

/** What the walk found: one object for all walks, good until the next. */
export interface ItemCheck {
  /** Offset just past the item. */
  readonly end: number;
  /** Does it hold a float? Only few frames may. */
  readonly hasFloat: boolean;
}

const DEPTH_MAX = 64;
/** Items still due at each outer level of the array being walked. */
const due = new Uint32Array(DEPTH_MAX);
const reader = new ItemReader(new Uint8Array(0));
const found = { end: 0, hasFloat: false };

/** Throws unless `bytes` is exactly one well-formed item within the limits. */
export function checkItem(bytes: Uint8Array, limits: Limits): ItemCheck {
  if (bytes.length > limits.frameBytes) throw frameTooLarge(bytes.length, limits);
  const check = checkItemAt(bytes, 0, limits);
  if (check.end < bytes.length) throw malformed(check.end, 'bytes follow the end of the item');
  return check;
}

/** Checks the item that starts at `start`; others may follow it. */
export function checkItemAt(bytes: Uint8Array, start: number, limits: Limits): ItemCheck {
  reader.open(bytes, start);
  const depthMax = Math.min(limits.depth, DEPTH_MAX);
  let hasFloat = false;
  let elements = 0;
  let depth = 0;
  let left = 1;
  for (;;) {
    while (left === 0) {
      if (depth === 0) return walked(hasFloat);
      left = due[--depth] ?? 0;
    }
    left--;
    reader.head();
    if (reader.major <= Major.negative) checkInteger(reader);
    else if (reader.major === Major.array) {
      elements += reader.argument;
      checkArray(reader, elements, limits);
      if (depth === depthMax) throw tooDeep(depthMax);
      due[depth++] = left;
      left = reader.argument;
    } else if (reader.major <= Major.text) passString(reader, limits);
    else hasFloat = checkSimple(reader) || hasFloat;
  }
}

function walked(hasFloat: boolean): ItemCheck {
  found.end = reader.at;
  found.hasFloat = hasFloat;
  return found;
}

function checkInteger(reader: ItemReader): void {
  // A negative integer is -1 - argument. From 2^53 on the argument is not exact, so the message names the bound.
  const max = Number.MAX_SAFE_INTEGER - reader.major;
  if (reader.argument <= max) return;
  const limit = reader.major === Major.uint ? Number.MAX_SAFE_INTEGER : Number.MIN_SAFE_INTEGER;
  throw new ProtocolError(ErrorCode.outOfRange, `integer at byte ${reader.start} is beyond ${limit}`, {
    limit,
  });
}

function checkArray(reader: ItemReader, elements: number, limits: Limits): void {
  if (elements > limits.arrayLength) {
    const message = `arrays of ${elements} elements together; the limit is ${limits.arrayLength}`;
    throw new ProtocolError(ErrorCode.arrayTooLong, message, { limit: limits.arrayLength, value: elements });
  }
  // Each element takes a byte at least.
  if (reader.argument > reader.bytes.length - reader.at) throw malformed(reader.bytes.length, 'truncated');
}

function passString(reader: ItemReader, limits: Limits): void {
  const { bytes, at, argument: length, major } = reader;
  // The only byte strings are arrays of floats, of eight bytes each at most.
  const limit = major === Major.text ? limits.textBytes : 8 * limits.readingsPerFrame;
  if (length > limit) {
    const message = `string of ${length} bytes at byte ${reader.start}; the limit is ${limit}`;
    throw new ProtocolError(ErrorCode.stringTooLong, message, { limit, value: length });
  }
  const end = at + length;
  if (end > bytes.length) throw malformed(bytes.length, 'truncated');
  reader.at = end;
  if (major === Major.text && !isAscii(bytes, at, end) && !isUtf8(bytes.subarray(at, end))) {
    throw malformed(at, 'not UTF-8');
  }
}

function isAscii(bytes: Uint8Array, start: number, end: number): boolean {
  let bits = 0;
  for (let i = start; i < end; i++) bits |= bytes[i] ?? 0;
  return bits < 0x80;
}

/** Is it a float? Throws for what is neither a float nor false, true or null. */
function checkSimple(reader: ItemReader): boolean {
  if (reader.major === Major.simple) {
    if (reader.info >= 25) return true;
    if (reader.info >= 20 && reader.info <= 22) return false;
    throw malformed(reader.start, 'a simple value other than false, true and null');
  }
  throw malformed(reader.start, reader.major === 5 ? 'a map' : 'a tag');
}

export function frameTooLarge(bytes: number, limits: Limits): ProtocolError {
  const message = `frame of ${bytes} bytes; the limit is ${limits.frameBytes}`;
  return new ProtocolError(ErrorCode.frameTooLarge, message, { limit: limits.frameBytes, value: bytes });
}

function tooDeep(limit: number): ProtocolError {
  return new ProtocolError(ErrorCode.tooDeep, `arrays nested deeper than ${limit}`, {
    limit,
    value: limit + 1,
  });
}
