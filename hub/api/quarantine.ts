import { WeirError } from '@weir/runtime';
import { z } from 'zod';
import type { App } from '../listen/http-server.js';
import type { SinkWorker } from '../sinks/sink-worker.js';
import type { ApiParts } from './context.js';
import { errorSchema } from './errors.js';

const PAGE_MAX = 1_000;
const CHANGE_MAX = 20_000;

const selection = {
  sink: z.string().max(64).optional().describe('Name of the store, where there is more than one'),
  device: z.string().min(1).max(128).optional().describe('Only readings of this device'),
  cursor: z
    .string()
    .max(64)
    .optional()
    .describe('next_cursor of the answer before, with the same selection otherwise'),
};

const nextCursor = z
  .string()
  .nullable()
  .describe('For the next request; null when there is nothing left of the selection');
const left = z.number().int().describe('Readings then in the whole quarantine');

const pageSchema = z
  .object({
    sink: z.string(),
    count: z.number().int().describe('Readings in the whole quarantine'),
    expired: z
      .number()
      .int()
      .describe('Readings that had to go since the store was opened: stores.influx.quarantine'),
    entries: z.array(
      z.object({
        id: z.number(),
        device: z.string(),
        channel: z.string(),
        at_us: z.number().describe('When it was refused last, UTC microseconds'),
        status: z.number().int().describe('With which the server refused it'),
        reason: z.string().describe("In the server's words"),
        line: z.string().describe('As it was to be written, in line protocol'),
        epoch: z.number(),
        seq: z.number(),
        index: z.number(),
      }),
    ),
    next_cursor: nextCursor,
  })
  .meta({ id: 'QuarantinePage' });

const changeSchema = z.strictObject({
  ...selection,
  limit: z.number().int().min(1).max(CHANGE_MAX).default(CHANGE_MAX).describe('Readings in one request'),
});

/** What a store refused for good: to see, to try again, to throw away. */
export function quarantineRoutes(app: App, parts: ApiParts): void {
  listRoute(app, parts);
  retryRoute(app, parts);
  dropRoute(app, parts);
}

function listRoute(app: App, parts: ApiParts): void {
  app.get(
    '/api/v1/quarantine',
    {
      config: { roles: ['read'] },
      schema: {
        summary: 'Readings that a store refused for good, oldest first, each with its reason',
        tags: ['stores'],
        querystring: z.strictObject({
          ...selection,
          limit: z.coerce.number().int().min(1).max(PAGE_MAX).default(100).describe('Readings in a page'),
        }),
        response: { 200: pageSchema, default: errorSchema },
      },
    },
    async ({ query }) => {
      const { name, store } = storeOf(parts, query.sink);
      const page = await store.query({ kind: 'quarantine_list', ...selected(query) });
      const entries = page.entries.map(({ atUs, ...rest }) => ({ ...rest, at_us: atUs }));
      return { sink: name, count: page.count, expired: page.expired, entries, next_cursor: page.nextCursor };
    },
  );
}

function retryRoute(app: App, parts: ApiParts): void {
  app.post(
    '/api/v1/quarantine/retry',
    {
      config: { roles: ['admin'] },
      schema: {
        summary:
          'Write them again; what the store takes leaves the quarantine, what it refuses stays with the new reason',
        tags: ['stores'],
        body: changeSchema,
        response: {
          200: z.object({
            tried: z.number(),
            stored: z.number(),
            refused: z.number(),
            left,
            next_cursor: nextCursor,
          }),
          default: errorSchema,
        },
      },
    },
    async ({ body, holder }, reply) => {
      const { name, store } = storeOf(parts, body.sink);
      const by = holder?.name ?? '';
      const abort = new AbortController();
      reply.raw.once('close', () => abort.abort());
      const done = await store.query({ kind: 'quarantine_retry', by, ...selected(body) }, abort.signal);
      const { tried, stored, refused } = done;
      parts.logger.info(
        { sink: name, by, device: body.device, tried, stored, refused },
        'quarantined readings were tried again',
      );
      return { tried, stored, refused, left: done.left, next_cursor: done.nextCursor };
    },
  );
}

function dropRoute(app: App, parts: ApiParts): void {
  app.post(
    '/api/v1/quarantine/drop',
    {
      config: { roles: ['admin'] },
      schema: {
        summary:
          'Throw them away; the log of the hub and that of the quarantine keep a note of who, when and how many',
        tags: ['stores'],
        body: changeSchema,
        response: {
          200: z.object({ dropped: z.number(), left, next_cursor: nextCursor }),
          default: errorSchema,
        },
      },
    },
    async ({ body, holder }) => {
      const { name, store } = storeOf(parts, body.sink);
      const by = holder?.name ?? '';
      const done = await store.query({ kind: 'quarantine_drop', by, ...selected(body) });
      const { dropped } = done;
      parts.logger.warn(
        { sink: name, by, device: body.device, dropped },
        'quarantined readings were dropped',
      );
      return { dropped, left: done.left, next_cursor: done.nextCursor };
    },
  );
}

function selected(given: { device?: string | undefined; cursor?: string | undefined; limit: number }) {
  return { device: given.device ?? null, cursor: given.cursor ?? null, limit: given.limit };
}

/** Throws `hub.not_found`. */
function storeOf({ stores }: ApiParts, name: string | undefined): { name: string; store: SinkWorker } {
  const store = stores.quarantine;
  const own = store?.status().name;
  if (store !== null && own !== undefined && (name ?? own) === own) return { name: own, store };
  const message =
    own === undefined
      ? 'no store of this hub refuses readings: InfluxDB is not set up (stores.influx)'
      : `no store ${JSON.stringify(name)} with a quarantine; there is ${own}`;
  throw new WeirError('hub.not_found', message, { details: { value: name } });
}
