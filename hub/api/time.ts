import { durationSchema } from '@weir/runtime';
import { z } from 'zod';

const RFC3339 = /^(\d{4}-\d{2}-\d{2})[Tt ](\d{2}:\d{2}:\d{2})(?:\.(\d{1,9}))?([Zz]|[+-]\d{2}:\d{2})$/;

/**
 * A point in time as a query may give it, as UTC us: a number of us, RFC 3339 (`2026-11-22T06:00:00.5Z`), `now`, or a
 * time before now (`-90s`, `-1h`). Null for anything else.
 */
export function timeUsOf(text: string, nowUs: number): number | null {
  if (/^\d{1,16}$/.test(text)) return Number.isSafeInteger(Number(text)) ? Number(text) : null;
  if (text === 'now') return nowUs;
  if (text.startsWith('-')) {
    const ago = durationSchema.safeParse(text.slice(1));
    return ago.success && /[a-z]$/.test(text) ? nowUs - ago.data * 1000 : null;
  }
  const match = RFC3339.exec(text);
  if (match === null) return null;
  const [, date = '', time = '', fraction = '', zone = ''] = match;
  const wholeMs = Date.parse(`${date}T${time}${zone.toUpperCase()}`);
  if (Number.isNaN(wholeMs)) return null;
  return wholeMs * 1000 + Math.floor(Number(fraction.padEnd(9, '0').slice(0, 9)) / 1000);
}

/** A time in a query string; resolved against `now` by the handler. */
export const timeText = z
  .string()
  .max(64)
  .refine(
    (text) => timeUsOf(text, 0) !== null,
    'expected RFC 3339, UTC microseconds, now, or a time ago such as -1h',
  );

/** A duration in a query string, ms: `10s`, `250ms`. With its unit: who writes `wait=30` means seconds, and would get 30 ms. */
export const durationText = z
  .string()
  .max(32)
  .regex(/[a-z]$|^0$/, 'expected a duration with its unit, such as 30s')
  .transform((text): string | number => text)
  .pipe(durationSchema);
