import { CHANNEL_TYPES } from '@weir/protocol';
import { WeirError } from '@weir/runtime';
import { z } from 'zod';
import {
  AGGREGATES,
  PAGE_READINGS_MAX,
  type History,
  type OriginalReadings,
  type ReadingsPage,
  type ReadingsQuery,
} from '../history/history.js';
import type { App } from '../listen/http-server.js';
import type { Series } from '../registry/series.js';
import type { ApiParts } from './context.js';
import { deviceNamed } from './devices.js';
import { errorSchema } from './errors.js';
import type { LongPoll } from './long-poll.js';
import { durationText, timeText, timeUsOf } from './time.js';

const WAIT_MS_MAX = 60_000;

const querySchema = z.strictObject({
  device: z.string().min(1).max(128),
  channel: z.string().min(1).max(128),
  from: timeText
    .optional()
    .describe('Included: RFC 3339, UTC microseconds, `now`, or a time ago such as `-1h`'),
  to: timeText.optional().describe('Not included; the same forms'),
  step: durationText.optional().describe('Length of intervals to aggregate over, such as `1m`'),
  aggregate: z.enum(AGGREGATES).optional().describe('With step; mean unless said, last for texts'),
  limit: z.coerce
    .number()
    .int()
    .min(1)
    .max(PAGE_READINGS_MAX)
    .optional()
    .describe('Readings in a page; 1000 unless said'),
  cursor: z
    .string()
    .max(512)
    .optional()
    .describe('next_cursor of the page before, with the same query otherwise'),
  order: z.enum(['asc', 'desc']).optional().describe('By time; asc unless said'),
  include: z
    .enum(['original'])
    .optional()
    .describe('original: also what the device sent, identities and times by its own clock; not with step'),
  wait: durationText
    .pipe(z.number().max(WAIT_MS_MAX))
    .optional()
    .describe(
      'If there is none yet, wait so long for one (long polling), such as `30s`; with an exact `from`',
    ),
});
type Query = z.output<typeof querySchema>;

const valueSchema = z.union([z.number(), z.boolean(), z.string()]).nullable();
const pageSchema = z
  .object({
    device: z.string(),
    channel: z.string(),
    type: z.enum(CHANNEL_TYPES),
    unit: z.string(),
    times_us: z.array(z.number()).describe('UTC microseconds; of an aggregate, the starts of the intervals'),
    values: z.array(valueSchema),
    uncertainty_us: z
      .array(z.number())
      .describe('What each time may be off by; of an aggregate, the largest'),
    original: z
      .object({
        epochs: z.array(z.number()).describe("Runs of the device's software"),
        seqs: z.array(z.number()).describe('Frames within the epoch'),
        indexes: z.array(z.number()).describe('Places within the frame'),
        monotonic_us: z.array(z.number()).describe('Microseconds since the boot of the device'),
        clocks: z
          .array(z.enum(['synced', 'device', 'bounded']))
          .describe("By which UTC was found: exchanges with the hub, the device's own clock, bounds alone"),
      })
      .optional()
      .describe('Where include asks for it'),
    next_cursor: z.string().nullable().describe('For the next page; null on the last'),
  })
  .meta({ id: 'ReadingsPage' });

/** Stored readings. `polls` is null where there is no history. */
export function readingsRoutes(app: App, parts: ApiParts, polls: LongPoll | null): void {
  const { core, clock } = parts;
  app.get(
    '/api/v1/readings',
    {
      config: { roles: ['read'] },
      schema: {
        summary: 'Readings of one channel, or aggregates of them',
        tags: ['readings'],
        querystring: querySchema,
        response: { 200: pageSchema, default: errorSchema },
      },
    },
    async (request, reply) => {
      const { query } = request;
      const history = historyOf(parts);
      const series = deviceNamed(core, query.device).series.get(query.channel);
      if (series === undefined) throw unknownChannel(query);
      const abort = new AbortController();
      reply.raw.once('close', () => abort.abort());
      const stored = historyQuery(query, clock.utcUs());
      const ask = (): Promise<ReadingsPage> => history.readings(stored, abort.signal);
      const page = await poll(polls, series, query.wait ?? 0, abort.signal, ask);
      // A page is built from checked columns: to check each element again would cost more than to find them.
      return reply.type('application/json; charset=utf-8').send(pageJson(page) as never);
    },
  );
  app.get(
    '/api/v1/readings/count',
    {
      config: { roles: ['read'] },
      schema: {
        summary: 'How many readings are stored, and how many different ones',
        tags: ['readings'],
        querystring: z.strictObject({
          device: z.string().max(128).optional().describe('Only those of this device'),
        }),
        response: {
          200: z.object({
            readings: z.number(),
            distinct: z.number(),
            epochs: z.number().describe('Runs of device software that they are from'),
          }),
          default: errorSchema,
        },
      },
    },
    ({ query }) => historyOf(parts).count(query),
  );
}

/** Throws `hub.no_history`. */
function historyOf({ stores }: ApiParts): History {
  if (stores.history !== null) return stores.history;
  throw new WeirError('hub.no_history', 'the embedded store is switched off (stores.duckdb.enabled)');
}

function unknownChannel({ device, channel }: Query): WeirError {
  const message = `device ${device} has no channel ${JSON.stringify(channel)}`;
  return new WeirError('history.unknown_channel', message, { details: { value: channel } });
}

function historyQuery(query: Query, nowUs: number): ReadingsQuery {
  const { device, channel, aggregate, limit, cursor, order } = query;
  const at = (text: string | undefined): number | undefined =>
    text === undefined ? undefined : (timeUsOf(text, nowUs) ?? undefined);
  const stepUs = query.step === undefined ? undefined : query.step * 1000;
  return {
    device,
    channel,
    fromUs: at(query.from),
    toUs: at(query.to),
    stepUs,
    aggregate,
    limit,
    cursor,
    order,
    original: query.include === 'original',
  };
}

function poll(
  polls: LongPoll | null,
  series: Series,
  waitMs: number,
  signal: AbortSignal,
  ask: () => Promise<ReadingsPage>,
): Promise<ReadingsPage> {
  if (polls === null || waitMs === 0) return ask();
  return polls.until(series, waitMs, signal, ask, ({ timesUs }) => timesUs.length === 0);
}

function originalJson({ epochs, seqs, indexes, monotonicUs, clocks }: OriginalReadings): object {
  return { epochs, seqs, indexes, monotonic_us: monotonicUs, clocks };
}

function pageJson(page: ReadingsPage): string {
  return JSON.stringify({
    device: page.device,
    channel: page.channel,
    type: page.type,
    unit: page.unit,
    times_us: page.timesUs,
    values: page.values,
    uncertainty_us: page.uncertaintyUs,
    original: page.original === undefined ? undefined : originalJson(page.original),
    next_cursor: page.nextCursor,
  });
}
