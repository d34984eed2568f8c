import { WeirError } from '@weir/runtime';
import type { Gate } from '../auth/gate.js';
import type { Witnesses } from '../explain/gather.js';
import { plainAddress } from '../listen/address.js';
import type { Door } from '../listen/door.js';
import type { App } from '../listen/http-server.js';
import { commandRoutes } from './commands.js';
import { consoleFolder, consoleRoutes } from './console.js';
import type { ApiParts } from './context.js';
import { deviceRoutes } from './devices.js';
import { documentRoutes } from './documents.js';
import { errorHandler, sendRefusal } from './errors.js';
import { explainRoute } from './explain.js';
import { healthRoutes } from './health.js';
import { ledgerRoutes } from './ledger.js';
import type { LongPoll } from './long-poll.js';
import { metricsRoute, type Metrics } from './metrics.js';
import { postReadingsRoute } from './post-readings.js';
import { quarantineRoutes } from './quarantine.js';
import { readingsRoutes } from './readings.js';
import { statsRoute } from './stats.js';
import { streamRoute } from './stream.js';

export interface ApiExtras {
  readonly gate: Gate;
  /** Where subscribers come in. */
  readonly door: Door;
  readonly metrics: Metrics;
  readonly polls: LongPoll | null;
  readonly version: string;
  readonly witnesses: Witnesses;
}

/** Registers everything that the hub answers over HTTP. */
export async function registerApi(app: App, parts: ApiParts, extras: ApiExtras): Promise<void> {
  const { gate, door, metrics, polls, version, witnesses } = extras;
  app.decorateRequest('holder', null);
  app.decorateRequest('arrivedUs', 0);
  app.setErrorHandler(errorHandler(parts.logger));
  app.setNotFoundHandler((request) => {
    throw new WeirError('hub.not_found', `nothing at ${request.method} ${request.url.slice(0, 200)}`);
  });
  app.addHook('onRequest', async (request, reply) => {
    request.arrivedUs = parts.clock.utcUs();
    reply.header('x-content-type-options', 'nosniff');
    const { roles } = request.routeOptions.config;
    if (roles === undefined) return;
    const admission = gate.admit(request.headers, plainAddress(request.ip), roles);
    if ('refusal' in admission) {
      const query = new URLSearchParams(request.url.split('?', 2)[1]);
      if (roles.includes('device'))
        parts.core.refusals.turnedAway(plainAddress(request.ip), query, admission.refusal);
      return sendRefusal(reply, admission.refusal);
    }
    request.holder = admission.holder;
  });
  await documentRoutes(app, version);
  healthRoutes(app, parts);
  deviceRoutes(app, parts);
  commandRoutes(app, parts);
  ledgerRoutes(app, parts);
  explainRoute(app, witnesses);
  readingsRoutes(app, parts, polls);
  postReadingsRoute(app, parts);
  streamRoute(app, parts, door);
  quarantineRoutes(app, parts);
  statsRoute(app, parts);
  metricsRoute(app, metrics);
  const folder = parts.config.console.enabled ? consoleFolder() : null;
  if (folder !== null) await consoleRoutes(app, folder);
  else if (parts.config.console.enabled)
    parts.logger.warn('the console is not built; the hub runs without its page');
}
