import type { FileSystem } from './files.js';
import { SEGMENT_HEADER_BYTES, ageUs } from './segment.js';
import type { Birth, Segment } from './segment.js';
import type { SegmentList } from './segment-list.js';

/** How much of a log is kept. Whole segments go, oldest first; the one being written always stays. */
export interface Retention {
  /** Most bytes of all files. */
  readonly bytes?: number;
  /** Records older than this go, as far as the machine's clocks can tell. */
  readonly ageMs?: number;
}

export interface DroppedRange {
  readonly from: number;
  readonly to: number;
}

/** A range that is to be dropped, and by which part of the policy. */
export interface ExpiringRange extends DroppedRange {
  readonly policy: 'bytes' | 'age';
}

/** A low rate must not keep old records in a segment that never fills: it ends after this part of the age to keep. */
const SEGMENTS_PER_AGE = 8;

/** The offset before which the policy keeps nothing. */
export function expiredBefore(segments: readonly Segment[], { bytes, ageMs }: Retention, now: Birth): number {
  let before = 0;
  if (bytes !== undefined) before = Math.max(before, beyondBytes(segments, bytes));
  if (ageMs !== undefined) before = Math.max(before, beyondAge(segments, ageMs * 1000, now));
  return before;
}

/** Whether a segment has been written to long enough under an age policy. */
export function spansEnough(segment: Segment, { ageMs }: Retention, now: Birth): boolean {
  if (ageMs === undefined || segment.birth === null) return false;
  return (ageUs(segment.birth, now) ?? 0) * SEGMENTS_PER_AGE > ageMs * 1000;
}

/** Removes the files of segments that end at or before an offset. Returns the range that went, or null. */
export async function dropSegments(
  files: FileSystem,
  dir: string,
  segments: SegmentList,
  before: number,
): Promise<DroppedRange | null> {
  const from = segments.first?.base ?? 0;
  let to = from;
  for (
    let first = segments.first;
    first !== undefined && segments.endOf(first) <= before;
    first = segments.first
  ) {
    to = segments.endOf(first);
    await files.remove(first.path);
    segments.removeFirst(first);
  }
  if (to === from) return null;
  await files.syncDir(dir);
  return { from, to };
}

/** The base of the oldest segment that can stay. */
function beyondBytes(segments: readonly Segment[], bytes: number): number {
  let base = segments.at(-1)?.base ?? 0;
  let total = 0;
  for (const segment of segments.toReversed()) {
    total += segment.bytes + SEGMENT_HEADER_BYTES;
    if (total > bytes) break;
    base = segment.base;
  }
  return base;
}

/** All that was written before the youngest segment that is itself too old. */
function beyondAge(segments: readonly Segment[], limitUs: number, now: Birth): number {
  for (const segment of segments.toReversed()) {
    const age = segment.birth === null ? null : ageUs(segment.birth, now);
    if (age !== null && age > limitUs) return segment.base;
  }
  return 0;
}
