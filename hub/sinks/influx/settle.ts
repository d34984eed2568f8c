/**
 * Gets a batch into the server, finding the lines that it refuses.
 *
 *   write all ─refused─► without the lines it named, else halves ─► ... ─► a single line, or lines of which it says to
 *                                                                         have dropped every one
 *
 * Only lines that may not be stored yet are repeated, and to repeat is harmless: same line, same point. Lines of one
 * series stand together, so a series that is refused as a whole is found in few requests. Their number is bounded; what
 * is left then goes aside whole: some of its lines may be stored too, none is lost.
 */
import { WeirError } from '@weir/runtime';
import type { Refusal } from './refusal.js';

/** A line that the server will not store. */
export interface Rejection {
  readonly line: number;
  readonly status: number;
  readonly reason: string;
}

const REQUESTS_MAX = 500;
/** With so many refusals, nothing stored and a reason that may be about the request: it is about the request. */
const DOUBTFUL_REQUESTS_MAX = 64;

/** Returns what was refused, in any order. Throws what `write` throws, and `influx.refused`. */
export async function settle(
  lines: readonly string[],
  write: (lines: string[]) => Promise<Refusal | null>,
): Promise<Rejection[]> {
  const rejections: Rejection[] = [];
  const open: number[][] = [lines.map((_, line) => line)];
  let requests = 0;
  let aboutLines = false;
  for (let some = open.pop(); some !== undefined; some = open.pop()) {
    if (some.length === 0) continue;
    const refusal = await write(some.map((line) => lines[line] ?? ''));
    requests += 1;
    aboutLines ||= refusal === null || refusal.certain;
    if (refusal === null) continue;
    const { rejected, again } = sortOut(some, refusal, requests < REQUESTS_MAX, lines);
    rejections.push(...rejected);
    open.push(...again);
    const over = open.every((each) => each.length === 0);
    if (!aboutLines && (over || requests >= DOUBTFUL_REQUESTS_MAX)) throw aboutRequest(refusal);
  }
  return rejections;
}

/** Which of the lines are refused, and which to write again, last first. */
function sortOut(
  some: readonly number[],
  { status, reason, named, dropped }: Refusal,
  mayAsk: boolean,
  lines: readonly string[],
): { rejected: Rejection[]; again: number[][] } {
  const all = (why: string): Rejection[] => some.map((line) => ({ line, status, reason: why }));
  if (some.length === 1 || dropped === some.length) return { rejected: all(reason), again: [] };
  if (!mayAsk) return { rejected: all(`not sorted out: ${reason}`), again: [] };
  // A text with a line break makes one line of ours two of the server's count.
  const countable = named !== null && !some.some((line) => lines[line]?.includes('\n'));
  if (countable && [...named.keys()].some((place) => place < some.length)) {
    const rejected = some.flatMap((line, place) => {
      const why = named.get(place);
      return why === undefined ? [] : [{ line, status, reason: why }];
    });
    return { rejected, again: [some.filter((_, place) => !named.has(place))] };
  }
  const middle = some.length >> 1;
  return { rejected: [], again: [some.slice(middle), some.slice(0, middle)] };
}

function aboutRequest({ status, reason }: Refusal): WeirError {
  return new WeirError('influx.refused', `the server answered ${status} to everything: ${reason}`, {
    retryable: true,
    details: { status },
  });
}
