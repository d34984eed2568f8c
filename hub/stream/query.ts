/**
 * What a subscriber asks for at /api/v1/stream, by whichever carrier.
 *
 *   ?from=now|start|CURSOR   where to begin; `now` unless said
 *   &device=NAME &channel=NAME   any number of each, `*` for any run of characters; all unless said
 *   &mode=live   readings that came more than 10 s after they were taken are told of, not sent, and so is what lies ahead of a
 *                subscriber that has fallen 4 MiB behind: "left_out", with the stretch of each channel; the store has them.
 *                So a flood of old readings delays no new one. `mode=all`, unless said, sends every reading
 *   &name=NAME   what the subscriber calls itself in /api/v1/stats
 */
import { z } from 'zod';
import type { Refusal } from '../auth/gate.js';
import { STREAM_MODES, type StreamFilter } from './messages.js';

const PATTERNS_MAX = 1_000;
const CURSOR = /^\d{1,15}$/;

/** One or several of a parameter. */
const patterns = z.preprocess(
  (given): unknown => (typeof given === 'string' ? [given] : given),
  z.array(z.string().min(1).max(128)).max(PATTERNS_MAX).default([]),
);

/** The parameters, each by its name in the query. */
export const streamParameters = {
  from: z
    .string()
    .refine((text) => text === 'now' || text === 'start' || CURSOR.test(text), {
      message: 'expected now, start or a cursor',
    })
    .default('now')
    .describe('Where to begin: `now`, `start`, or a cursor that a message or an answer gave'),
  device: patterns.describe('Only these devices; `*` is any run of characters'),
  channel: patterns.describe('Only these channels; `*` is any run of characters'),
  mode: z
    .enum(STREAM_MODES)
    .default('all')
    .describe('live: readings that came late are told of in few words (`left_out`), not sent'),
  name: z.string().max(64).default('').describe('What the subscriber calls itself in /api/v1/stats'),
};

const querySchema = z.object(streamParameters);

export type StreamQuery = z.output<typeof querySchema>;

/** The query of an upgrade. Throws a ZodError. */
export function parseQuery(query: URLSearchParams): StreamQuery {
  return querySchema.parse({
    from: query.get('from') ?? undefined,
    device: query.getAll('device'),
    channel: query.getAll('channel'),
    mode: query.get('mode') ?? undefined,
    name: query.get('name') ?? undefined,
  });
}

/** Why a query of an upgrade cannot be served; null when it can. */
export function checkQuery(query: URLSearchParams): Refusal | null {
  try {
    parseQuery(query);
    return null;
  } catch (error) {
    const issue = error instanceof z.ZodError ? error.issues[0] : undefined;
    const message = `${issue?.path.join('.') ?? 'query'}: ${issue?.message ?? 'invalid'}`;
    return { status: 400, code: 'hub.bad_request', message };
  }
}

export function isCursor(text: string): boolean {
  return CURSOR.test(text);
}

export function filterOf({ mode, device, channel }: StreamQuery): StreamFilter {
  return { mode, devices: some(device), channels: some(channel) };
}

function some(names: readonly string[]): readonly string[] | null {
  return names.length === 0 ? null : names;
}
