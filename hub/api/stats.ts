import { z } from 'zod';
import type { Core } from '../core.js';
import type { App } from '../listen/http-server.js';
import type { SinkStatus } from '../sinks/sink.js';
import type { ApiParts } from './context.js';
import { errorSchema } from './errors.js';
import type { Waiters } from './waiters.js';

const offset = z.number().describe('Offset in the log');
const rangeSchema = z.object({ from: offset, to: offset, reason: z.string() });
const sinkSchema = z.object({
  name: z.string(),
  kind: z.string(),
  state: z.enum(['running', 'waiting', 'failed']),
  cursor: offset.describe('Everything below is stored there'),
  lag_bytes: z.number(),
  readings: z.number().describe("Stored since the hub's start"),
  quarantined: z.number().describe('Refused by the store and set aside'),
  skipped: z.array(rangeSchema).describe('Last parts of the log that could not be stored'),
  error: z.string().nullable(),
  error_code: z.string().nullable(),
  retry_at_ms: z.number().nullable(),
});

export const statsSchema = z
  .object({
    hub: z.object({ started_us: z.number(), version: z.string(), uptime_s: z.number() }),
    log: z.object({
      start: offset,
      durable: offset,
      end: offset,
      bytes_written: z.number(),
      pending_bytes: z.number(),
      state: z.enum(['ok', 'disk_full', 'failed']),
      error: z.string().nullable(),
      problems: z.array(
        z.object({ file: z.string(), position: z.number(), offset, length: z.number(), reason: z.string() }),
      ),
    }),
    ingest: z.object({
      connections: z.number(),
      paused: z.number().describe('Connections not read just now, because the log is behind'),
      frames: z.number(),
      readings: z.number(),
      bytes: z.number(),
      duplicates: z.number(),
      rejected: z.number(),
    }),
    devices: z.number(),
    series: z.number(),
    sinks: z.array(sinkSchema),
    streams: z.array(
      z.object({
        name: z.string(),
        carrier: z.enum(['websocket', 'sse']),
        remote: z.string(),
        cursor: offset,
        lag_bytes: z.number(),
      }),
    ),
    waiting: z.number().describe('Requests that wait for readings (long polling)'),
  })
  .meta({ id: 'Stats' });

export type HubStats = z.output<typeof statsSchema>;

/** Problems of the log in one answer; the log file has them all. */
const PROBLEMS_MAX = 20;

export interface StatsParts extends Pick<ApiParts, 'core' | 'stores' | 'streams' | 'clock'> {
  readonly waiters: Waiters;
  readonly version: string;
  readonly startedUs: number;
  /** The same by the monotonic clock. */
  readonly openedUs: number;
}

/** The hub's state in numbers. */
export function hubStats({
  core,
  stores,
  streams,
  waiters,
  clock,
  version,
  startedUs,
  openedUs,
}: StatsParts): HubStats {
  const { log, registry, ingest, sessions, pressure } = core;
  return {
    hub: { started_us: startedUs, version, uptime_s: Math.floor((clock.monotonicUs() - openedUs) / 1e6) },
    log: logJson(log),
    ingest: { connections: sessions.size, paused: pressure.paused, ...ingest.counts },
    devices: registry.devices.size,
    series: registry.seriesCount,
    sinks: stores.statuses().map((status) => sinkJson(status, log.durable)),
    streams: streams.statuses().map(({ name, carrier, remote, cursor, lagBytes }) => {
      return { name, carrier, remote, cursor, lag_bytes: lagBytes };
    }),
    waiting: waiters.waiting,
  };
}

function logJson(log: Core['log']): HubStats['log'] {
  const { start, durable, end, bytesWritten, pendingBytes, state, error } = log;
  const problems = log.problems.slice(-PROBLEMS_MAX).map((problem) => {
    return { ...problem };
  });
  const counts = { bytes_written: bytesWritten, pending_bytes: pendingBytes };
  return { start, durable, end, ...counts, state, error: error?.message ?? null, problems };
}

function sinkJson(status: SinkStatus, durable: number): HubStats['sinks'][number] {
  const { name, kind, state, cursor, readings, quarantined, skipped, error, errorCode, retryAtMs } = status;
  return {
    ...{ name, kind, state, cursor, readings, quarantined, error },
    skipped: [...skipped],
    lag_bytes: Math.max(0, durable - cursor),
    error_code: errorCode,
    retry_at_ms: retryAtMs ?? null,
  };
}

export function statsRoute(app: App, { stats }: ApiParts): void {
  app.get(
    '/api/v1/stats',
    {
      config: { roles: ['read'] },
      schema: {
        summary: 'The hub in numbers',
        tags: ['hub'],
        response: { 200: statsSchema, default: errorSchema },
      },
    },
    () => stats(),
  );
}
