/**
 * One record on disk, little-endian:
 *
 *   0  u32  word: bits 0-20 the length n of the data in bytes, bits 21-31 a check of n
 *   4  u32  CRC-32 of the data
 *   8  n    the data
 *
 * Both the check and the CRC's starting value are mixed from the record's offset (and n), so a record is valid at its own
 * place in the log only. Neither a run of zeroes nor stale blocks of an older file, nor bytes inside a payload that
 * happen to look like a record are ever taken for one, and the search for the next record after damage can drop 2047 of
 * 2048 wrong places without reading further. The CRC guards against accidents, not against those who can write to the disk.
 */
import { crc32 } from './crc32.js';

export const RECORD_HEADER_BYTES = 8;
/** Most data of one record, bytes: what 21 bits can say. */
export const MAX_RECORD_BYTES = 2 ** 21 - 1;

const LENGTH_BITS = 21;
const LENGTH_MASK = MAX_RECORD_BYTES;

/** Writes the header of a record whose `length` bytes of data already stand at `at + 8`, and which has this offset in the log. */
export function sealRecord(bytes: Uint8Array, at: number, length: number, offset: number): void {
  const key = positionKey(offset);
  writeU32(bytes, at, lengthWord(key, length));
  const data = at + RECORD_HEADER_BYTES;
  writeU32(bytes, at + 4, crc32(bytes, data, data + length, seedOf(key, length)));
}

/** The length that a record at `at` claims, or -1 where no record can start. Needs the header's 8 bytes. */
export function claimedLength(bytes: Uint8Array, at: number, offset: number): number {
  const word = readU32(bytes, at);
  const length = word & LENGTH_MASK;
  return word === lengthWord(positionKey(offset), length) ? length : -1;
}

/** Whether the data of the record at `at` is what was written. Needs all of the record's bytes. */
export function isIntact(bytes: Uint8Array, at: number, length: number, offset: number): boolean {
  const data = at + RECORD_HEADER_BYTES;
  return readU32(bytes, at + 4) === crc32(bytes, data, data + length, seedOf(positionKey(offset), length));
}

/** Spreads an offset (up to 2^53) over 32 bits. Never 0, so that zeroes are not an empty record. */
function positionKey(offset: number): number {
  const high = Math.floor(offset / 2 ** 32);
  const mixed = Math.imul((offset >>> 0) ^ Math.imul(high, 0x85ebca6b), 0x9e3779b1);
  return (mixed ^ (mixed >>> 15)) | 1;
}

function lengthWord(key: number, length: number): number {
  const check = Math.imul(key ^ length, 0xc2b2ae35) >>> LENGTH_BITS;
  return (length | (check << LENGTH_BITS)) >>> 0;
}

function seedOf(key: number, length: number): number {
  return (key ^ Math.imul(length, 0x27d4eb2f)) >>> 0;
}

function readU32(bytes: Uint8Array, at: number): number {
  return (
    ((bytes[at] ?? 0) |
      ((bytes[at + 1] ?? 0) << 8) |
      ((bytes[at + 2] ?? 0) << 16) |
      ((bytes[at + 3] ?? 0) << 24)) >>>
    0
  );
}

function writeU32(bytes: Uint8Array, at: number, value: number): void {
  bytes[at] = value;
  bytes[at + 1] = value >>> 8;
  bytes[at + 2] = value >>> 16;
  bytes[at + 3] = value >>> 24;
}
