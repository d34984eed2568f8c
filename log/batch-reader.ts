/**
 * Reads batches of records across the segments of a log.
 *
 *   offsets   from .. | damage | ..                     batch 1: the records before the damage
 *             [rec][rec][?????][rec][rec]               batch 2: skips the damage, says so, goes on behind it
 *
 * - A batch holds whole records of one segment, in order, each checked. It is empty only where nothing but skipped ranges
 *   lies before the limit.
 * - Every byte between `from` and `next` lies in a record or in a skipped range.
 */
import { WeirError, systemCode } from '@weir/runtime';
import type { DamageReason, ProblemList } from './problems.js';
import type { Segment } from './segment.js';
import type { SegmentList } from './segment-list.js';
import type { LogRecord, SegmentReader } from './segment-reader.js';

/**
 * retention: dropped by policy. damaged: the bytes there are no record. missing: the file ends before them, or is gone.
 * misaligned: the read began within a record, whose rest is passed over.
 */
export type SkipReason = 'retention' | DamageReason | 'misaligned';

export interface Skipped {
  readonly from: number;
  readonly to: number;
  readonly reason: SkipReason;
}

export interface LogBatch {
  readonly records: readonly LogRecord[];
  /** Read on from here. */
  readonly next: number;
  readonly skipped: readonly Skipped[];
}

/** About how many bytes a read returns when not told. */
export const BATCH_BYTES = 1_048_576;

export interface BatchSource {
  readonly segments: SegmentList;
  readonly reader: SegmentReader;
  readonly problems: ProblemList;
  /** Called when a file has gone: brings `segments` up to date. */
  readonly refresh: () => Promise<void>;
}

/** Reads from `from`, at most up to the durable offset `upTo`. Throws `log.beyond_end` where `from` lies behind it. */
export async function readBatch(
  source: BatchSource,
  from: number,
  upTo: number,
  maxBytes: number,
): Promise<LogBatch> {
  if (from > upTo) throw beyondEnd(from, upTo);
  const skipped: Skipped[] = [];
  let at = from;
  while (at < upTo) {
    const segment = source.segments.holding(at);
    if (segment === undefined) {
      const start = Math.min(upTo, source.segments.first?.base ?? upTo);
      skipped.push({ from: at, to: start, reason: 'retention' });
      at = start;
      continue;
    }
    const limit = Math.min(upTo, source.segments.endOf(segment));
    const stretch = await readStretch(source, segment, at, limit, maxBytes);
    if (stretch === 'gone') continue;
    if (stretch.records.length > 0) return { records: stretch.records, next: stretch.next, skipped };
    const skip = await passOver(source, segment, at, limit);
    skipped.push(skip);
    at = skip.to;
  }
  return { records: [], next: at, skipped };
}

async function readStretch(
  { reader, segments, refresh }: BatchSource,
  segment: Segment,
  from: number,
  limit: number,
  maxBytes: number,
): Promise<{ records: readonly LogRecord[]; next: number } | 'gone'> {
  try {
    return await reader.read(segment, from, limit, maxBytes);
  } catch (error) {
    if (systemCode(error) !== 'ENOENT') throw error;
    await refresh();
    if (segments.holding(from) !== segment) return 'gone';
    return { records: [], next: from };
  }
}

/** What to skip where no valid record begins at `from`. */
async function passOver(
  source: BatchSource,
  segment: Segment,
  from: number,
  limit: number,
): Promise<Skipped> {
  const { reader, problems } = source;
  const known = problems.damageAt(from);
  if (known !== undefined && known.to <= limit) return { from, ...known };
  const end = Math.min(limit, await contentEnd(reader, segment));
  if (end <= from) {
    problems.addDamage(segment, from, limit, 'missing');
    return { from, to: limit, reason: 'missing' };
  }
  const around = await recordAround(reader, segment, from, end);
  if (around !== null) return { from, to: around, reason: 'misaligned' };
  const to = (await reader.nextRecord(segment, from + 1, end)) ?? end;
  problems.addDamage(segment, from, to, 'damaged');
  return { from, to, reason: 'damaged' };
}

async function contentEnd(reader: SegmentReader, segment: Segment): Promise<number> {
  try {
    return await reader.contentEnd(segment);
  } catch (error) {
    if (systemCode(error) === 'ENOENT') return segment.base;
    throw error;
  }
}

/** Where the valid record ends that `inside` is a byte of but not the first; null where there is none. */
async function recordAround(
  reader: SegmentReader,
  segment: Segment,
  inside: number,
  end: number,
): Promise<number | null> {
  let at = segment.base;
  while (at < inside) {
    const { next, records } = await reader.read(segment, at, end, BATCH_BYTES);
    if (next > inside)
      return records.find(({ offset, next }) => offset < inside && inside < next)?.next ?? null;
    at = next > at ? next : ((await reader.nextRecord(segment, at + 1, end)) ?? end);
  }
  return null;
}

function beyondEnd(from: number, end: number): WeirError {
  return new WeirError(
    'log.beyond_end',
    `cannot read from offset ${from}: the log ends at ${end}, so it has lost what was there or this offset is of another log`,
    { details: { value: from, limit: end } },
  );
}
