/**
 * The header that opens each segment file, 64 bytes, little-endian:
 *
 *    0  8    magic "weir log"
 *    8  u16  version (1)          10  u16  reserved, 0        12  u32  bytes of this header, 64
 *   16  u64  base offset, as in the file's name
 *   24  u64  created, UTC us      32  u64  created, us since the machine's boot
 *   40  16   the machine's boot   56  u32  reserved, 0        60  u32  CRC-32 of bytes 0 to 59
 *
 * Two clocks, because a device may have no right one: age is counted by the monotonic clock within a boot, and by UTC
 * across boots only where both ends look like real dates. Records are valid by their own offsets, so a damaged header
 * costs the age and a report, and no record.
 */
import { createHash } from 'node:crypto';
import { join } from 'node:path';
import { WeirError } from '@weir/runtime';
import type { Clock } from '@weir/runtime';
import { crc32 } from './crc32.js';

export const SEGMENT_HEADER_BYTES = 64;
const MAGIC = Buffer.from('weir log', 'latin1');
const VERSION = 1;
const CRC_AT = 60;
/** Clocks that show less than this (2024-01-01) were never set. */
const PLAUSIBLE_UTC_US = 1_704_067_200_000_000;

/** When a segment was begun, by the machine's clocks of that time. */
export interface Birth {
  readonly utcUs: number;
  readonly monotonicUs: number;
  /** 16 bytes in hex. */
  readonly boot: string;
}

/** One file of the log. `base` is the offset of its first record; it ends where the next segment begins. */
export interface Segment {
  readonly base: number;
  readonly path: string;
  /** Null where the header is damaged. */
  readonly birth: Birth | null;
  /** Bytes of records in the file; the last segment's grows. */
  bytes: number;
}

export function segmentPath(dir: string, base: number): string {
  return join(dir, `${String(base).padStart(20, '0')}.log`);
}

/** The base offset in a file's name, or null for other files. */
export function baseOfName(name: string): number | null {
  if (!/^\d{20}\.log$/.test(name)) return null;
  const base = Number(name.slice(0, 20));
  return Number.isSafeInteger(base) ? base : null;
}

/** File position of an offset in a segment. */
export function positionOf(base: number, offset: number): number {
  return SEGMENT_HEADER_BYTES + (offset - base);
}

export function birthNow(clock: Clock, boot: string): Birth {
  return { utcUs: clock.utcUs(), monotonicUs: clock.monotonicUs(), boot: digestOf(boot) };
}

let digested = { boot: '', digest: '' };

/** A boot as headers keep it, computed once while it stays the same. */
function digestOf(boot: string): string {
  if (digested.boot !== boot)
    digested = { boot, digest: createHash('sha256').update(boot).digest('hex').slice(0, 32) };
  return digested.digest;
}

/** Us from one birth to a later one, or null where no clock can tell. */
export function ageUs(then: Birth, now: Birth): number | null {
  if (then.boot === now.boot) return now.monotonicUs - then.monotonicUs;
  if (then.utcUs < PLAUSIBLE_UTC_US || now.utcUs < PLAUSIBLE_UTC_US) return null;
  return now.utcUs - then.utcUs;
}

export function encodeHeader(base: number, birth: Birth): Uint8Array {
  const bytes = Buffer.alloc(SEGMENT_HEADER_BYTES);
  MAGIC.copy(bytes);
  bytes.writeUInt16LE(VERSION, 8);
  bytes.writeUInt32LE(SEGMENT_HEADER_BYTES, 12);
  bytes.writeBigUInt64LE(BigInt(base), 16);
  bytes.writeBigUInt64LE(BigInt(Math.max(0, birth.utcUs)), 24);
  bytes.writeBigUInt64LE(BigInt(Math.max(0, birth.monotonicUs)), 32);
  bytes.write(birth.boot, 40, 16, 'hex');
  bytes.writeUInt32LE(crc32(bytes, 0, CRC_AT, 0), CRC_AT);
  return bytes;
}

/** The birth in a header, or null for a header that is damaged or of another file. Throws `log.unknown_version`. */
export function decodeHeader(header: Uint8Array, base: number, path: string): Birth | null {
  const bytes = Buffer.from(header.buffer, header.byteOffset, header.byteLength);
  if (bytes.length < SEGMENT_HEADER_BYTES || !bytes.subarray(0, MAGIC.length).equals(MAGIC)) return null;
  if (bytes.readUInt32LE(CRC_AT) !== crc32(bytes, 0, CRC_AT, 0)) return null;
  const version = bytes.readUInt16LE(8);
  if (version !== VERSION) {
    throw new WeirError(
      'log.unknown_version',
      `${path} has format version ${version}; this program knows ${VERSION}`,
      {
        details: { file: path, value: version, limit: VERSION },
      },
    );
  }
  if (Number(bytes.readBigUInt64LE(16)) !== base) return null;
  return {
    utcUs: Number(bytes.readBigUInt64LE(24)),
    monotonicUs: Number(bytes.readBigUInt64LE(32)),
    boot: bytes.toString('hex', 40, 56),
  };
}
