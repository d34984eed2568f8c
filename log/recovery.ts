/**
 * What opening a log for writing does with the files that it finds.
 *
 *   older segments   header checked, length compared with the next base; their records are checked when read
 *   last segment     every record checked:  [rec][rec][????][rec][rec][torn
 *                                                     |              +-- nothing valid behind it: cut off, and told
 *                                                     +-- valid records behind it: told, left alone, skipped by readers
 *
 * A crash can leave the second kind in what was never confirmed, when the disk wrote later blocks first; nothing on the disk
 * tells that from a loss, so it is told as one.
 *
 * The tail is then synced: a killed process leaves records that are in the page cache only, and what is called durable
 * must be on the disk. A last segment with a damaged header takes no more records; a new one begins where it ends.
 */
import { join } from 'node:path';
import type { FileSystem } from './files.js';
import { listSegments } from './listing.js';
import type { ProblemList } from './problems.js';
import { positionOf } from './segment.js';
import type { Segment } from './segment.js';
import type { SegmentList } from './segment-list.js';
import { BATCH_BYTES } from './batch-reader.js';
import type { SegmentReader } from './segment-reader.js';
import { DRAFT_SUFFIX, SegmentWriter } from './segment-writer.js';

export interface Recovered {
  /** Where the log ends. */
  readonly end: number;
  /** The last segment, to go on with, or null. */
  readonly writer: SegmentWriter | null;
}

export interface RecoveryParts {
  readonly files: FileSystem;
  readonly dir: string;
  readonly segments: SegmentList;
  readonly reader: SegmentReader;
  readonly problems: ProblemList;
  /** No offset below this is given out again. */
  readonly floor: number;
  readonly onWritten: (bytes: number) => void;
}

/** Brings the directory into order, fills `segments`, and returns where to go on. */
export async function recover(parts: RecoveryParts): Promise<Recovered> {
  const { files, dir, segments, problems, floor } = parts;
  await removeDrafts(files, dir);
  segments.replaceAll(await listSegments(files, dir));
  await files.syncDir(dir);
  for (const segment of segments.all) checkOutside(segment, segments.endOf(segment), problems);
  const last = segments.last;
  if (last === undefined) return { end: floor, writer: null };
  const end = await checkRecords(last, parts);
  const writer = await settleTail(last, end, parts);
  if (end >= floor) return { end, writer };
  problems.add({
    file: last.path,
    position: positionOf(last.base, end),
    offset: end,
    length: floor - end,
    reason: 'lost end',
  });
  await writer?.close();
  return { end: floor, writer: null };
}

async function removeDrafts(files: FileSystem, dir: string): Promise<void> {
  for (const name of await files.list(dir)) {
    if (name.endsWith(`.log${DRAFT_SUFFIX}`)) await files.remove(join(dir, name));
  }
}

/** Header and length. Of a file that is longer than its part of the log, the rest was given up by its writer. */
function checkOutside(segment: Segment, end: number, problems: ProblemList): void {
  if (segment.birth === null) {
    const place = { file: segment.path, position: 0, offset: segment.base };
    problems.add({ ...place, length: 0, reason: 'bad header' });
  }
  if (end === Infinity) return;
  const missing = end - segment.base - segment.bytes;
  segment.bytes = Math.min(segment.bytes, end - segment.base);
  if (missing <= 0) return;
  problems.addDamage(segment, end - missing, end, 'missing');
}

/** Checks the records of the last segment, tells of damage, and returns where the valid ones end. */
async function checkRecords(segment: Segment, { reader, problems }: RecoveryParts): Promise<number> {
  const fileEnd = segment.base + segment.bytes;
  let at = segment.base;
  let end = at;
  while (at < fileEnd) {
    const { next } = await reader.read(segment, at, fileEnd, BATCH_BYTES);
    if (next > at) {
      at = end = next;
      continue;
    }
    const found = await reader.nextRecord(segment, at + 1, fileEnd);
    if (found === null) break;
    problems.addDamage(segment, at, found, 'damaged');
    at = found;
  }
  return end;
}

/** Cuts a torn tail off and syncs the rest. */
async function settleTail(
  segment: Segment,
  end: number,
  parts: RecoveryParts,
): Promise<SegmentWriter | null> {
  const { files, problems, onWritten } = parts;
  const torn = segment.base + segment.bytes - end;
  const file = await files.open(segment.path, 'write');
  if (torn > 0) {
    const position = positionOf(segment.base, end);
    problems.add({ file: segment.path, position, offset: end, length: torn, reason: 'torn tail' });
    await file.truncate(position);
  }
  segment.bytes = end - segment.base;
  await file.sync();
  const writer = new SegmentWriter(segment, file, onWritten);
  if (segment.birth !== null) return writer;
  await writer.close();
  return null;
}
