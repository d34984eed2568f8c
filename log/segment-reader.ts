/**
 * Reads and checks the records of single segment files.
 *
 * After damage the next record is searched byte by byte, in bounded windows; a record is valid at its own offset alone,
 * so the search is not misled by what payloads contain.
 */
import { systemCode } from '@weir/runtime';
import type { FileSystem, OpenFile } from './files.js';
import { HandleCache } from './handle-cache.js';
import { MAX_RECORD_BYTES, RECORD_HEADER_BYTES, claimedLength, isIntact } from './record.js';
import { SEGMENT_HEADER_BYTES, positionOf } from './segment.js';
import type { Segment } from './segment.js';

export interface LogRecord {
  readonly offset: number;
  /** Offset just past the record. */
  readonly next: number;
  /** A view of a buffer that belongs to the batch. */
  readonly data: Uint8Array;
}

/** Records that follow one another; `next === from` where there is none. */
interface Stretch {
  readonly records: readonly LogRecord[];
  readonly next: number;
}

/** Bytes searched at a time for the next record; each window reads one longest record more. */
const SEARCH_BYTES = 2 ** 20;
/** What a disk with bad places is read in. */
const SECTOR_BYTES = 4096;

export class SegmentReader {
  readonly #handles: HandleCache;

  constructor(files: FileSystem) {
    this.#handles = new HandleCache(files);
  }

  /** The valid records from `from` on, before `limit`, about `maxBytes` of them and at least one if there is one. */
  read(segment: Segment, from: number, limit: number, maxBytes: number): Promise<Stretch> {
    return this.#handles.using(segment, async (file) => {
      const window = Math.min(limit - from, Math.max(maxBytes, RECORD_HEADER_BYTES));
      const stretch = parse(await readAt(file, segment, from, window), from, limit);
      if (stretch.needed <= window) return stretch;
      return parse(await readAt(file, segment, from, stretch.needed), from, limit);
    });
  }

  /** Offset just past the last byte that the file holds. */
  contentEnd(segment: Segment): Promise<number> {
    return this.#handles.using(segment, async (file) => {
      return segment.base + Math.max(0, (await file.size()) - SEGMENT_HEADER_BYTES);
    });
  }

  /** Offset of the first valid record in `[from, end)`, or null. */
  nextRecord(segment: Segment, from: number, end: number): Promise<number | null> {
    return this.#handles.using(segment, async (file) => {
      for (let start = from; start < end; start += SEARCH_BYTES) {
        const reach = SEARCH_BYTES + RECORD_HEADER_BYTES + MAX_RECORD_BYTES;
        const bytes = await readAt(file, segment, start, Math.min(reach, end - start));
        const found = search(bytes, start, SEARCH_BYTES);
        if (found !== null) return found;
      }
      return null;
    });
  }

  /** Ends reading. */
  close(): Promise<void> {
    return this.#handles.close();
  }

  /** Forgets the handles of all segments but these. */
  keepOnly(segments: Iterable<Segment>): Promise<void> {
    return this.#handles.keepOnly(new Set(segments));
  }
}

/** Reads `length` bytes at an offset; fewer where the file ends. Unreadable sectors come as zeroes, which are no record. */
async function readAt(file: OpenFile, segment: Segment, offset: number, length: number): Promise<Uint8Array> {
  const bytes = unfilled(length);
  const position = positionOf(segment.base, offset);
  try {
    return bytes.subarray(0, await file.read(bytes, position));
  } catch (error) {
    if (systemCode(error) !== 'EIO') throw error;
    return readSectors(file, bytes, position);
  }
}

/** Plain bytes, so that records compare and copy like any others. */
function unfilled(length: number): Uint8Array {
  return new Uint8Array(Buffer.allocUnsafeSlow(length).buffer);
}

async function readSectors(file: OpenFile, bytes: Uint8Array, position: number): Promise<Uint8Array> {
  const readable = Math.min(bytes.length, Math.max(0, (await file.size()) - position));
  for (let at = 0; at < readable;) {
    const sectorEnd = SECTOR_BYTES - ((position + at) % SECTOR_BYTES);
    const part = bytes.subarray(at, Math.min(readable, at + sectorEnd));
    try {
      await file.read(part, position + at);
    } catch (error) {
      if (systemCode(error) !== 'EIO') throw error;
      part.fill(0);
    }
    at += part.length;
  }
  return bytes.subarray(0, readable);
}

/** The valid records from the front of `bytes`. `needed`: bytes of the first one, when it is not all there. */
function parse(bytes: Uint8Array, from: number, limit: number): Stretch & { needed: number } {
  const records: LogRecord[] = [];
  let at = 0;
  let needed = 0;
  while (at + RECORD_HEADER_BYTES <= bytes.length) {
    const offset = from + at;
    const length = claimedLength(bytes, at, offset);
    const end = at + RECORD_HEADER_BYTES + length;
    if (length < 0 || from + end > limit) break;
    if (end > bytes.length) {
      if (at === 0) needed = end;
      break;
    }
    if (!isIntact(bytes, at, length, offset)) break;
    records.push({ offset, next: from + end, data: bytes.subarray(at + RECORD_HEADER_BYTES, end) });
    at = end;
  }
  return { records, next: from + at, needed };
}

/** Offset of the first valid record that starts within the first `starts` bytes, or null. */
function search(bytes: Uint8Array, from: number, starts: number): number | null {
  const last = Math.min(starts, bytes.length - RECORD_HEADER_BYTES + 1);
  for (let at = 0; at < last; at++) {
    const length = claimedLength(bytes, at, from + at);
    if (length < 0 || at + RECORD_HEADER_BYTES + length > bytes.length) continue;
    if (isIntact(bytes, at, length, from + at)) return from + at;
  }
  return null;
}
