import { z } from 'zod';

const BYTE_UNITS: Readonly<Record<string, number>> = {
  B: 1,
  KB: 1e3,
  MB: 1e6,
  GB: 1e9,
  TB: 1e12,
  KIB: 2 ** 10,
  MIB: 2 ** 20,
  GIB: 2 ** 30,
  TIB: 2 ** 40,
};
const DURATION_UNITS: Readonly<Record<string, number>> = { ms: 1, s: 1e3, m: 60e3, h: 3600e3, d: 86400e3 };

/** A size: a number of bytes, or text such as `64MiB` or `1.5GB`. Parsed to bytes. */
export const bytesSchema = z
  .union([z.number(), z.string()])
  .transform((input, context) =>
    measure(input, 'B', (unit) => BYTE_UNITS[unit.toUpperCase()], context, 'a size such as 64MiB'),
  )
  .pipe(z.number().int().nonnegative())
  .meta({ kind: 'size' });

/** A duration: milliseconds, or text such as `250ms`, `10s`, `5m`, `2h`, `7d`. Parsed to milliseconds. */
export const durationSchema = z
  .union([z.number(), z.string()])
  .transform((input, context) =>
    measure(input, 'ms', (unit) => DURATION_UNITS[unit], context, 'a duration such as 10s'),
  )
  .pipe(z.number().nonnegative())
  .meta({ kind: 'duration' });

/** A number of bytes as one would write it: `64MiB`. */
export function formatBytes(bytes: number): string {
  return inLargestUnit(bytes, [
    ['TiB', 2 ** 40],
    ['GiB', 2 ** 30],
    ['MiB', 2 ** 20],
    ['KiB', 2 ** 10],
  ]);
}

/** Milliseconds as one would write them: `30s`. */
export function formatDuration(ms: number): string {
  return inLargestUnit(ms, Object.entries(DURATION_UNITS).reverse());
}

/** In the largest unit that gives a whole number; bare where none does. */
function inLargestUnit(value: number, units: readonly (readonly [string, number])[]): string {
  const [name, factor] = units.find(([, each]) => value >= each && value % each === 0) ?? ['', 1];
  return `${value / factor}${name}`;
}

function measure(
  input: number | string,
  plainUnit: string,
  factorOf: (unit: string) => number | undefined,
  context: z.RefinementCtx,
  expected: string,
): number {
  const match = /^\s*(\d+(?:\.\d+)?)\s*([A-Za-z]*)\s*$/.exec(String(input));
  const factor = match === null ? undefined : factorOf(match[2] === '' ? plainUnit : (match[2] ?? ''));
  if (match === null || factor === undefined) {
    context.addIssue({ code: 'custom', message: `expected ${expected}, got ${JSON.stringify(input)}` });
    return z.NEVER;
  }
  return Math.round(Number(match[1]) * factor);
}
