/** What one run of the comparison is: who sends what to whom, how, over which network. */
import type { Impairments } from '../../network/impairments.js';

/**
 * uplink: a device across the link to the hub's log. display: the hub to a page across the link. command: the hub to a
 * device across the link.
 */
export const DIRECTIONS = ['uplink', 'display', 'command'] as const;
export type Direction = (typeof DIRECTIONS)[number];

/**
 * How readings go up. ws: the agent's WebSocket and CBOR. post-new: HTTP POST, a new connection for each. post-kept: over
 * connections kept alive. With an s, over TLS: posts-full and posts-resumed open a connection for each POST, with a full
 * handshake and with a resumed one. mqtt: QoS 1 to mosquitto.
 */
export const UPLINK_METHODS = [
  'ws',
  'wss',
  'post-new',
  'post-kept',
  'posts-full',
  'posts-resumed',
  'posts-kept',
  'mqtt',
] as const;

/** How what the hub has comes down. poll asks at intervals over a connection kept alive, poll-new over a new one each time. */
export const DOWN_METHODS = ['ws', 'sse', 'long-poll', 'poll', 'poll-new'] as const;

export type Method = (typeof UPLINK_METHODS)[number] | (typeof DOWN_METHODS)[number];

/** Plain JSON. Two runs of equal scenarios differ in replicate and seed alone. */
export interface Scenario {
  readonly direction: Direction;
  readonly method: Method;
  readonly network: Impairments;
  /** TCP_NODELAY at both ends; true in every run but those that show what it is for. */
  readonly noDelay: boolean;
  readonly devices: number;
  /** Readings (or commands) a second of each device; null: as many as are taken, for throughput. */
  readonly rateHz: number | null;
  /** Readings that a device collects for one message, frame or request; 1 is a message each. */
  readonly readingsPerMessage: number;
  /** Of poll and poll-new, from one request's due time to the next, give or take a tenth; null otherwise. */
  readonly pollMs: number | null;
}

/** One run of a scenario, in processes of its own. */
export interface RunPlan {
  readonly scenario: Scenario;
  /** From 0. */
  readonly replicate: number;
  readonly replicates: number;
  readonly seed: number;
  readonly warmupS: number;
  readonly measuredS: number;
}

/** The same for all replicates of a scenario, and different for any other: the name of a cell of the results. */
export function scenarioKey(scenario: Scenario): string {
  const { direction, method, network, noDelay, devices, rateHz, readingsPerMessage, pollMs } = scenario;
  const poll = pollMs === null ? '' : ` ${pollMs}ms`;
  const load = `${devices}x${rateHz ?? 'max'}/s by ${readingsPerMessage}`;
  return `${direction} ${method}${poll} ${network.name} ${load}${noDelay ? '' : ' nagle'}`;
}
