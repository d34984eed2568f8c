import { WeirError } from '@weir/runtime';
import type { FastifyReply } from 'fastify';
import { z } from 'zod';
import { plainAddress } from '../listen/address.js';
import type { Door } from '../listen/door.js';
import { EventStream, wantsEvents } from '../listen/event-stream.js';
import type { App } from '../listen/http-server.js';
import { EventCarrier } from '../stream/event-carrier.js';
import type { Portion } from '../stream/messages.js';
import { isCursor, streamParameters, type StreamQuery } from '../stream/query.js';
import type { ApiParts } from './context.js';
import { errorSchema, sendRefusal } from './errors.js';
import { durationText } from './time.js';

const WAIT_MS_MAX = 60_000;
const PORTION_BYTES = 2 ** 20;

const querySchema = z.strictObject({
  ...streamParameters,
  wait: durationText
    .pipe(z.number().max(WAIT_MS_MAX))
    .optional()
    .describe(
      'Polls only: if there is nothing yet, wait so long for something (long polling), such as `30s`',
    ),
  limit_bytes: z.coerce
    .number()
    .int()
    .min(1)
    .max(PORTION_BYTES)
    .optional()
    .describe('Polls only: an answer with about so much in it is full'),
});
type Query = z.output<typeof querySchema>;

const portionSchema = z
  .object({
    cursor: z.string().describe('`from` of the next poll'),
    caught_up: z.boolean().describe('Nothing more is there: the next poll may wait'),
    messages: z
      .array(z.looseObject({ type: z.enum(['readings', 'left_out', 'skipped']) }))
      .describe('As on the WebSocket'),
  })
  .meta({ id: 'StreamPortion' });

/** The stream for those who do not speak WebSocket: server-sent events, and polls. `door` is where subscribers come in. */
export function streamRoute(app: App, parts: ApiParts, door: Door): void {
  const { streams, timers } = parts;
  app.get(
    '/api/v1/stream',
    {
      config: { roles: ['read'] },
      exposeHeadRoute: false,
      schema: {
        summary: 'Live readings: WebSocket, server-sent events (Accept: text/event-stream), or a poll',
        tags: ['readings'],
        querystring: querySchema,
        headers: z.object({
          'last-event-id': z.string().optional().describe('Server-sent events: goes before `from`'),
        }),
        response: { 200: portionSchema, default: errorSchema },
      },
    },
    async (request, reply) => {
      const { query, headers } = request;
      if (!wantsEvents(request)) {
        const portion = await polled(parts, query, reply);
        reply.header('cache-control', 'no-store').type('application/json; charset=utf-8');
        return reply.send(portionJson(portion) as never);
      }
      const resumed = resumedAt(query, headers['last-event-id']);
      const refusal = door.closed(streams.size) ?? door.turn(headers);
      if (refusal !== null) return sendRefusal(reply, refusal) as never;
      streams.subscribe(resumed, plainAddress(request.ip), (cursor, closed) => {
        return new EventCarrier(new EventStream(reply, { timers, beginning: String(cursor) }, closed));
      });
      return reply as never;
    },
  );
}

function polled({ streams }: ApiParts, query: Query, reply: FastifyReply): Promise<Portion> {
  const abort = new AbortController();
  reply.raw.once('close', () => abort.abort());
  return streams.poll(query, query.wait ?? 0, query.limit_bytes ?? PORTION_BYTES, abort.signal);
}

/** The query, from where a browser's EventSource was when its connection broke. Throws `hub.bad_request`. */
function resumedAt(query: Query, lastEventId: string | undefined): StreamQuery {
  for (const name of ['wait', 'limit_bytes'] as const) {
    if (query[name] === undefined) continue;
    throw new WeirError('hub.bad_request', `querystring ${name}: is for polls, not for text/event-stream`);
  }
  if (lastEventId === undefined || lastEventId === '') return query;
  if (isCursor(lastEventId)) return { ...query, from: lastEventId };
  throw new WeirError(
    'hub.bad_request',
    'header last-event-id: expected a cursor, as an event of this stream has it',
  );
}

/** What the worker made is JSON already. */
function portionJson({ cursor, caughtUp, texts }: Portion): string {
  return `{"cursor":"${cursor}","caught_up":${caughtUp},"messages":[${texts.join(',')}]}`;
}
