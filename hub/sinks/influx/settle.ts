/**
 * Gets a batch into the server, finding the lines that it refuses.
 *
 *   write all ─refused─► halves ─► ... ─► a single line, or a run of which it says to have dropped every one
 *
 * Each request repeats only what may not be stored yet, and to repeat is harmless: same line, same point. Lines of one
 * series stand together, so a series that is refused as a whole is found in few requests. Their number is bounded; the
 * runs that are left then go aside whole: some of their lines may be stored too, none is lost.
 */
import { WeirError } from '@weir/runtime';
import type { Refusal } from './refusal.js';

/** Lines `from` to `to`, not included, that the server will not store. */
export interface Rejection {
  readonly from: number;
  readonly to: number;
  readonly status: number;
  readonly reason: string;
}

const REQUESTS_MAX = 500;
/** With so many refusals, a reason that may be about the request and nothing stored: it is about the request. */
const DOUBTFUL_REQUESTS_MAX = 64;

/** Returns what was refused, in any order. Throws what `write` throws, and `influx.refused`. */
export async function settle(
  lines: readonly string[],
  write: (lines: string[]) => Promise<Refusal | null>,
): Promise<Rejection[]> {
  const rejections: Rejection[] = [];
  const open: [from: number, to: number][] = [[0, lines.length]];
  let requests = 0;
  let proven = false;
  for (let range = open.pop(); range !== undefined; range = open.pop()) {
    const [from, to] = range;
    if (from === to) continue;
    const refusal = await write(lines.slice(from, to));
    requests += 1;
    proven ||= refusal?.certain ?? true;
    if (refusal === null) continue;
    if (!proven && (to - from === 1 ? open.length === 0 : requests >= DOUBTFUL_REQUESTS_MAX))
      throw doubtful(refusal);
    const { status, reason, named, dropped } = refusal;
    if (named !== null) {
      for (const [line, why] of named)
        if (line < to - from)
          rejections.push({ from: from + line, to: from + line + 1, status, reason: why });
    } else if (to - from === 1 || dropped === to - from) rejections.push({ from, to, status, reason });
    else if (requests >= REQUESTS_MAX)
      rejections.push({ from, to, status, reason: `not sorted out: ${reason}` });
    else {
      const middle = (from + to) >> 1;
      open.push([middle, to], [from, middle]);
    }
  }
  return rejections;
}

function doubtful({ status, reason }: Refusal): WeirError {
  return new WeirError('influx.refused', `the server answered ${status} to everything: ${reason}`, {
    retryable: true,
    details: { status },
  });
}
