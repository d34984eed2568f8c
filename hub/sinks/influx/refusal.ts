/**
 * What a server says when it refuses lines, in its many ways:
 *
 *   1.x, 2  400, 422  {"error" or "message": "partial write: field type conflict: ... dropped=3"}
 *   2       400       {"code": "invalid", "message": "unable to parse '...': ..."}, nothing stored
 *   3       400, 201  {"error": "partial write ...", "data": [{"line_number": 2, "error_message": "..."}]}
 *   any     413       too much at once
 */
import type { HttpError } from '@influxdata/influxdb-client';

export interface Refusal {
  readonly status: number;
  /** In the server's words. */
  readonly reason: string;
  /** How many lines it says to have dropped, for this reason, having stored all others. */
  readonly dropped: number | null;
  /** Which lines it says to have refused, from 0, each with its reason, having stored all others. */
  readonly named: ReadonlyMap<number, string> | null;
  /** The reason is surely about lines; else it may be about the request, such as a wrong address. */
  readonly certain: boolean;
}

const REASON_LENGTH_MAX = 1_000;
const ABOUT_LINES =
  /partial write|unable to parse|cannot parse|could not parse|field type conflict|dropped=\d|invalid (?:field|tag|number|boolean|timestamp|line)|retention policy|max-values-per-tag|max-series|missing fields/i;

/** The refusal that an HTTP error is; null when the error is not about the lines that were sent. */
export function refusalOf(error: HttpError): Refusal | null {
  const { statusCode: status } = error;
  if (status === 413)
    return { status, reason: 'too large for the server', dropped: null, named: null, certain: true };
  if (status !== 400 && status !== 422 && status !== 201) return null;
  const body = parseObject(error.body);
  const text = body?.message ?? body?.error;
  if (body === null || typeof text !== 'string') return null;
  const reason = text.slice(0, REASON_LENGTH_MAX);
  const dropped = /dropped=(\d+)/.exec(text)?.[1];
  const named = namedLines(body.data);
  return {
    status,
    reason,
    dropped: dropped === undefined ? null : Number(dropped),
    named,
    certain: named !== null || status === 201 || ABOUT_LINES.test(text),
  };
}

function parseObject(text: string | undefined): Record<string, unknown> | null {
  try {
    const value: unknown = JSON.parse(text ?? '');
    return typeof value === 'object' && value !== null ? (value as Record<string, unknown>) : null;
  } catch {
    return null;
  }
}

function namedLines(data: unknown): Map<number, string> | null {
  if (!Array.isArray(data) || data.length === 0) return null;
  const named = new Map<number, string>();
  for (const entry of data as unknown[]) {
    if (typeof entry !== 'object' || entry === null) return null;
    const { line_number: line, error_message: message } = entry as Record<string, unknown>;
    if (typeof line !== 'number' || !Number.isInteger(line) || line < 1) return null;
    named.set(line - 1, typeof message === 'string' ? message.slice(0, REASON_LENGTH_MAX) : 'refused');
  }
  return named;
}
