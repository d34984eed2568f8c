/**
 * Where a page of readings ended: the full key of its last reading, or the start of its last interval.
 *
 *   r.TIME.EPOCH.SEQ.IDX     readings, which are ordered by (time, epoch, seq, idx)
 *   s.TIME                   intervals
 *
 * Since the key is unique and the order is by it, pages show each reading once even where times are equal; readings that
 * come in later with a time before the cursor are not shown any more.
 */
import { WeirError } from '@weir/runtime';

export type PageCursor =
  | {
      readonly kind: 'reading';
      readonly timeUs: number;
      readonly epoch: number;
      readonly seq: number;
      readonly idx: number;
    }
  | { readonly kind: 'step'; readonly timeUs: number };

const READING = /^r\.(-?\d{1,16})\.(\d{1,16})\.(\d{1,10})\.(\d{1,10})$/;
const STEP = /^s\.(-?\d{1,16})$/;
const U32_MAX = 2 ** 32 - 1;

export function formatPageCursor(cursor: PageCursor): string {
  if (cursor.kind === 'step') return `s.${cursor.timeUs}`;
  return `r.${cursor.timeUs}.${cursor.epoch}.${cursor.seq}.${cursor.idx}`;
}

/** Throws `history.bad_cursor` for text that is no cursor, or one of another kind of query. */
export function parsePageCursor(text: string, kind: PageCursor['kind']): PageCursor {
  const match = (kind === 'step' ? STEP : READING).exec(text);
  if (match === null) throw badCursor(text, kind);
  const [timeUs = 0, epoch = 0, seq = 0, idx = 0] = match.slice(1).map(Number);
  if (!Number.isSafeInteger(timeUs) || !Number.isSafeInteger(epoch) || seq > U32_MAX || idx > U32_MAX)
    throw badCursor(text, kind);
  return kind === 'step' ? { kind, timeUs } : { kind, timeUs, epoch, seq, idx };
}

function badCursor(text: string, kind: PageCursor['kind']): WeirError {
  return new WeirError(
    'history.bad_cursor',
    `not a cursor of a ${kind === 'step' ? 'query with a step' : 'query without a step'}: ${JSON.stringify(text.slice(0, 80))}`,
  );
}
