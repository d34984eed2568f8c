import { bytesSchema, durationSchema } from '@weir/runtime';
import { z } from 'zod';

/** The embedded store, as a part of the hub's configuration. */
export const duckdbConfigSchema = z.strictObject({
  enabled: z.boolean().default(true).describe('Keep readings in the embedded store; needed for history'),
  path: z.string().min(1).nullable().default(null).describe('Its file; null is readings.duckdb in data_dir'),
  memory: bytesSchema
    .pipe(z.number().min(64 * 2 ** 20))
    .default(256 * 2 ** 20)
    .describe("Limit of the embedded store's memory; larger sorts and counts go through a temporary file"),
  threads: z.number().int().min(1).max(64).default(2).describe('Threads that one query may use'),
  max_delay: durationSchema
    .pipe(z.number().max(60_000))
    .default(200)
    .describe('Longest wait for more readings before a commit; fewer commits spare CPU and SD cards'),
  query_timeout: durationSchema
    .pipe(z.number().min(10))
    .default(30_000)
    .describe('Time limit of one history query, waiting included'),
  queries: z.number().int().min(1).max(8).default(2).describe('History queries run at a time; others wait'),
  queries_waiting: z
    .number()
    .int()
    .min(0)
    .max(10_000)
    .default(64)
    .describe('History queries that may wait; more are refused'),
});

export type DuckDbConfig = z.output<typeof duckdbConfigSchema>;

/** What the worker needs to know: the configuration with its file named. */
export interface DuckDbOptions extends Omit<DuckDbConfig, 'enabled' | 'path'> {
  readonly path: string;
}
