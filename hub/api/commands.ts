/** Commands to devices: from operators, and over HTTP to and from devices without a connection. */
import { LIMITS } from '@weir/protocol';
import { WeirError } from '@weir/runtime';
import type { FastifyRequest } from 'fastify';
import { z } from 'zod';
import { wantsEvents } from '../listen/event-stream.js';
import type { App } from '../listen/http-server.js';
import type { DeviceEntry } from '../registry/device.js';
import { CommandIds, deliverySchema, nextDeliveries, streamDeliveries } from './command-delivery.js';
import type { ApiParts } from './context.js';
import { deviceNamed, valueSchema } from './devices.js';
import { errorSchema } from './errors.js';
import { durationText } from './time.js';

const WAIT_MS_MAX = 60_000;
/** A device may come for its commands seldom. */
const TIMEOUT_MS_MAX = 600_000;
const ID_CHARACTERS_MAX = 64;
const REPLIES_MAX = 64;

const paramsSchema = z.object({ device: z.string().max(128) });
const commandSchema = z.strictObject({
  name: z.enum(['set', 'ping']).describe('set: give an output channel a value; ping: ask for an answer'),
  channel: z.string().min(1).max(128).optional().describe('Channel to set'),
  value: valueSchema.optional().describe('Its new value'),
});
const replySchema = z.strictObject({
  id: z.string().max(ID_CHARACTERS_MAX).describe('Of the command'),
  ok: z.boolean().describe('Was it carried out?'),
  message: z.string().max(LIMITS.textBytes).default('').describe('Text for people'),
});

export function commandRoutes(app: App, parts: ApiParts): void {
  const ids = new CommandIds(parts.entropy);
  operatorRoute(app, parts);
  deliveryRoute(app, parts, ids);
  replyRoute(app, parts, ids);
}

function operatorRoute(app: App, { core }: ApiParts): void {
  app.post(
    '/api/v1/devices/:device/commands',
    {
      config: { roles: ['admin'] },
      schema: {
        summary: 'Tell a device to do something, and wait for its answer',
        tags: ['devices'],
        params: paramsSchema,
        querystring: z.strictObject({
          timeout: durationText
            .pipe(z.number().min(1).max(TIMEOUT_MS_MAX))
            .optional()
            .describe('Time for the answer, such as `2m`; session.command_timeout unless said'),
        }),
        body: commandSchema,
        response: { 200: z.object({ ok: z.boolean(), message: z.string() }), default: errorSchema },
      },
    },
    ({ params, query, body }) => {
      const { name, channel = null, value = null } = body;
      if (name === 'set' && (channel === null || value === null)) {
        throw new WeirError('hub.bad_request', 'body: set needs a channel and a value');
      }
      const device = deviceNamed(core, params.device);
      return core.sessions.commands.issue(device, { name, channel, value }, query.timeout);
    },
  );
}

function deliveryRoute(app: App, { core, timers }: ApiParts, ids: CommandIds): void {
  const board = core.sessions.commands;
  app.get(
    '/api/v1/devices/:device/commands',
    {
      config: { roles: ['device'] },
      exposeHeadRoute: false,
      schema: {
        summary: 'Commands to this device, for a device without a WebSocket',
        description: DELIVERY_DESCRIPTION,
        tags: ['devices'],
        params: paramsSchema,
        querystring: z.strictObject({
          after: z
            .string()
            .max(ID_CHARACTERS_MAX)
            .optional()
            .describe('Id of the last command that came; without it all that are unanswered come'),
          wait: durationText
            .pipe(z.number().max(WAIT_MS_MAX))
            .optional()
            .describe('If there is none, wait so long for one (long polling), such as `30s`'),
        }),
        headers: z.object({
          'last-event-id': z.string().optional().describe('The same as `after`, of server-sent events'),
        }),
        response: { 200: z.object({ commands: z.array(deliverySchema) }), default: errorSchema },
      },
    },
    async (request, reply) => {
      const { query, headers } = request;
      const device = ownDevice(request, core, request.params.device);
      const after = ids.numberOf(query.after ?? headers['last-event-id'] ?? '');
      if (wantsEvents(request)) return streamDeliveries({ board, device, after, ids, timers }, reply);
      const abort = new AbortController();
      reply.raw.once('close', () => abort.abort());
      const waitMs = query.wait ?? 0;
      const deliveries = await nextDeliveries({ board, device, after, timers }, waitMs, abort.signal);
      return { commands: deliveries.map((delivery) => ids.json(delivery)) };
    },
  );
}

function replyRoute(app: App, { core }: ApiParts, ids: CommandIds): void {
  app.post(
    '/api/v1/devices/:device/replies',
    {
      config: { roles: ['device'] },
      schema: {
        summary: 'Answer a command that came over HTTP, or several',
        tags: ['devices'],
        params: paramsSchema,
        body: z.union([replySchema, z.array(replySchema).min(1).max(REPLIES_MAX)]),
        response: {
          200: z.object({
            awaited: z
              .number()
              .describe('How many of them an operator still waited for; none of those sent again'),
          }),
          default: errorSchema,
        },
      },
    },
    (request) => {
      const device = ownDevice(request, core, request.params.device);
      const replies = Array.isArray(request.body) ? request.body : [request.body];
      const awaited = replies.filter(({ id, ok, message }) =>
        core.sessions.commands.answered(device, { id: ids.numberOf(id), ok, message }),
      );
      return { awaited: awaited.length };
    },
  );
}

const DELIVERY_DESCRIPTION = `Each command comes until it is answered by \`POST .../replies\` or its time is over: what was lost with an
answer of the hub comes again, marked \`again\`. By its id the device knows what it has carried out; with \`after\` only newer ones
come. At once, after at most \`wait\`, or without end with \`Accept: text/event-stream\`: each command as an event \`command\`, its
id as the event's. One request of a device waits at a time: a newer one ends it (409 \`hub.replaced\`).`;

/** The device, if the token may speak for it. Throws `auth.forbidden`, `hub.not_found`. */
function ownDevice({ holder }: FastifyRequest, core: ApiParts['core'], name: string): DeviceEntry {
  if (holder?.mayBe(name) === true) return deviceNamed(core, name);
  throw new WeirError('auth.forbidden', `this token is not for the device ${JSON.stringify(name)}`);
}
