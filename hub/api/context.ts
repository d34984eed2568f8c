import type { Clock, Entropy, Logger, Timers } from '@weir/runtime';
import type { Holder } from '../auth/tokens.js';
import type { HubConfig } from '../config.js';
import type { Core } from '../core.js';
import type { Stores } from '../stores.js';
import type { Streams } from '../stream/streams.js';
import type { HubStats } from './stats.js';

/** What the endpoints work with. */
export interface ApiParts {
  readonly config: HubConfig;
  readonly core: Core;
  readonly stores: Stores;
  readonly streams: Streams;
  readonly clock: Clock;
  readonly timers: Timers;
  readonly entropy: Entropy;
  readonly logger: Logger;
  readonly stats: () => HubStats;
}

declare module 'fastify' {
  interface FastifyRequest {
    /** Who asks; set before any handler that needs a token runs. */
    holder: Holder | null;
    /** UTC us at which the request's headers had come. */
    arrivedUs: number;
  }
  interface FastifyContextConfig {
    /** Roles that may call this; none means that no token is needed. */
    roles?: readonly Holder['role'][];
  }
}
