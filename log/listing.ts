import { join } from 'node:path';
import { systemCode } from '@weir/runtime';
import type { FileSystem } from './files.js';
import { SEGMENT_HEADER_BYTES, baseOfName, decodeHeader } from './segment.js';
import type { Birth, Segment } from './segment.js';

/** The segments in a directory, by base; those already known stay the same objects. A file that goes meanwhile is left out. */
export async function listSegments(
  files: FileSystem,
  dir: string,
  known: readonly Segment[] = [],
): Promise<Segment[]> {
  const byBase = new Map(known.map((segment) => [segment.base, segment]));
  const segments: Segment[] = [];
  for (const name of await files.list(dir)) {
    const base = baseOfName(name);
    if (base === null) continue;
    const segment = byBase.get(base) ?? (await readSegment(files, join(dir, name), base));
    if (segment !== null) segments.push(segment);
  }
  return segments.sort((a, b) => a.base - b.base);
}

async function readSegment(files: FileSystem, path: string, base: number): Promise<Segment | null> {
  try {
    const file = await files.open(path, 'read');
    try {
      const size = await file.size();
      const header = new Uint8Array(SEGMENT_HEADER_BYTES);
      const birth = await readBirth(file.read(header, 0), header, base, path);
      return { base, path, birth, bytes: Math.max(0, size - SEGMENT_HEADER_BYTES) };
    } finally {
      await file.close();
    }
  } catch (error) {
    if (systemCode(error) === 'ENOENT') return null;
    throw error;
  }
}

/** Null where the header is damaged or its sector cannot be read. */
async function readBirth(
  reading: Promise<number>,
  header: Uint8Array,
  base: number,
  path: string,
): Promise<Birth | null> {
  try {
    return decodeHeader(header.subarray(0, await reading), base, path);
  } catch (error) {
    if (systemCode(error) === 'EIO') return null;
    throw error;
  }
}
