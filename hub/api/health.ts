import { z } from 'zod';
import type { App } from '../listen/http-server.js';
import type { ApiParts } from './context.js';

const readySchema = z.object({
  ready: z.boolean(),
  log: z.string().describe('ok, disk_full or failed'),
  sinks: z.record(z.string(), z.string()).describe('State of each store'),
  problems: z.array(z.string()).describe('What is wrong, in words'),
});

/** Is the process alive; can it do its work. Both without a token. */
export function healthRoutes(app: App, { core, stores }: ApiParts): void {
  app.get(
    '/healthz',
    {
      schema: {
        summary: 'Is the process alive?',
        tags: ['hub'],
        response: { 200: z.object({ alive: z.literal(true) }) },
      },
    },
    () => ({ alive: true as const }),
  );
  app.get(
    '/readyz',
    {
      schema: {
        summary: 'Is the log written, and do the stores run?',
        tags: ['hub'],
        response: { 200: readySchema, 503: readySchema },
      },
    },
    (_request, reply) => {
      const { log } = core;
      const statuses = stores.statuses();
      const problems = statuses
        .filter(({ state }) => state !== 'running')
        .map(({ name, state, error }) => `store ${name} is ${state}: ${error ?? 'no reason given'}`);
      if (log.state !== 'ok') problems.unshift(log.error?.message ?? `the log is ${log.state}`);
      const ready = problems.length === 0;
      const sinks = Object.fromEntries(statuses.map(({ name, state }) => [name, state]));
      reply.code(ready ? 200 : 503);
      return { ready, log: log.state, sinks, problems };
    },
  );
}
