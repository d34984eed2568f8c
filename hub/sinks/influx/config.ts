import { bytesSchema, durationSchema } from '@weir/runtime';
import { z } from 'zod';

/** InfluxDB, or what speaks its `/api/v2/write`, as a part of the hub's configuration. */
export const influxConfigSchema = z.strictObject({
  url: z
    .url({ protocol: /^https?$/ })
    .describe(
      "Base URL of InfluxDB 1.8, 2 or 3, or of what speaks InfluxDB's /api/v2/write, such as VictoriaMetrics",
    ),
  token: z.string().max(4_096).default('').describe('Its token; for 1.8 `user:password`'),
  org: z.string().max(256).default('').describe('Organisation; 1.8 and 3 need none'),
  bucket: z.string().min(1).max(256).default('weir').describe('Bucket; for 1.8 `database/retention-policy`'),
  timeout: durationSchema
    .pipe(z.number().min(10))
    .default(10_000)
    .describe('Time limit of one write request'),
  max_delay: durationSchema
    .pipe(z.number().max(60_000))
    .default(500)
    .describe('Longest wait for more readings before a write request'),
  max_lines: z
    .number()
    .int()
    .min(1)
    .max(100_000)
    .default(5_000)
    .describe('Readings in one write request, about'),
  gzip: z.boolean().default(true).describe('Compress write requests'),
  quarantine: bytesSchema
    .pipe(z.number().min(2 ** 20))
    .default(256 * 2 ** 20)
    .describe('Readings that the server refuses for good are kept aside with its reason, up to this size'),
});

export type InfluxConfig = z.output<typeof influxConfigSchema>;

/** What the worker needs to know: the configuration, and a folder for cursor and quarantine. */
export interface InfluxOptions extends InfluxConfig {
  readonly dir: string;
}
