import { bytesSchema, durationSchema } from '@weir/runtime';
import { DEVICE_NAME, LIMITS } from '@weir/protocol';
import { z } from 'zod';
import { duckdbConfigSchema } from './sinks/duckdb/config.js';
import { influxConfigSchema } from './sinks/influx/config.js';

/** Shorter secrets than this can be guessed; what Weir makes itself has 43 characters (256 bits). */
const TOKEN_CHARACTERS_MIN = 16;
const PENDING_FRAMES_MIN = 4;

const tokenSchema = z
  .strictObject({
    name: z.string().min(1).max(64).describe('Who holds it; appears in logs'),
    role: z
      .enum(['admin', 'device', 'read'])
      .describe('admin: everything; device: send readings; read: look only'),
    token: z.string().min(TOKEN_CHARACTERS_MIN).max(512).optional().describe('The secret itself'),
    sha256: z
      .string()
      .regex(/^[0-9a-f]{64}$/, 'expected 64 lower-case hexadecimal digits')
      .optional()
      .describe('SHA-256 of the secret in hexadecimal, so that this file holds no secret'),
    device: z
      .string()
      .min(1)
      .max(128)
      .optional()
      .describe('Role device only: the one device it is for, or a pattern such as `lab-*`'),
  })
  .refine((entry) => (entry.token === undefined) !== (entry.sha256 === undefined), {
    message: 'give either token or sha256',
  })
  .refine((entry) => entry.device === undefined || entry.role === 'device', {
    message: 'device is for the role device only',
  });

const listenSchema = z.strictObject({
  host: z.string().min(1).default('127.0.0.1').describe('Address to listen on; 0.0.0.0 for every IPv4 one'),
  port: z
    .number()
    .int()
    .min(0)
    .max(65_535)
    .default(8087)
    .describe('TCP port for HTTP and WebSocket; 0 picks one'),
  tls: z
    .strictObject({
      cert_file: z
        .string()
        .min(1)
        .describe(
          'PEM file of the certificate and those that it hangs on; a new one is seen within a minute',
        ),
      key_file: z.string().min(1).describe('PEM file of its key, without a passphrase'),
    })
    .nullable()
    .default(null)
    .describe('Serve HTTPS and WSS in place of HTTP and WS; null for none'),
});

const logSchema = z.strictObject({
  segment_bytes: bytesSchema
    .default(64 * 2 ** 20)
    .describe('Size at which a log file is closed and the next begun'),
  commit_delay: durationSchema
    .default(0)
    .describe('Longest wait for more readings before each fsync; spares SD cards, adds to the ack latency'),
  pending_bytes: bytesSchema
    .default(32 * 2 ** 20)
    .describe('Accepted but not yet on disk; from half of it on, connections are paused'),
  retention: z
    .strictObject({
      bytes: bytesSchema
        .pipe(z.number().min(2 ** 20))
        .nullable()
        .default(2 * 2 ** 30)
        .describe(
          'Drop the oldest log files above this size; null keeps all. The stores keep what they have',
        ),
      age: durationSchema.nullable().default(null).describe('Drop log files older than this; null keeps all'),
    })
    .prefault({}),
});

const ledgerSchema = z.strictObject({
  bytes: bytesSchema
    .pipe(z.number().min(2 ** 20))
    .default(64 * 2 ** 20)
    .describe('Accounts of past epochs in the loss ledger, about 100 bytes each; above it the oldest go'),
});

const limitsSchema = z.strictObject({
  connections: z
    .number()
    .int()
    .min(1)
    .default(20_000)
    .describe('Device connections at a time; fewer where the system lets the process open too few files'),
  connects_per_second: z
    .number()
    .int()
    .min(1)
    .default(500)
    .describe('New connections a second; more are given a turn, by which they come back'),
  devices: z.number().int().min(1).default(100_000).describe('Devices known at a time'),
  channels_per_device: z
    .number()
    .int()
    .min(1)
    .max(LIMITS.channels)
    .default(LIMITS.channels)
    .describe('Channels that one device may have'),
  series: z.number().int().min(1).default(1_000_000).describe('Channels of all devices together'),
  epochs: z
    .number()
    .int()
    .min(1)
    .default(250_000)
    .describe(
      'Epochs remembered of all devices together, 1 KB each; one more of each device has room always',
    ),
  epochs_per_hello: z
    .number()
    .int()
    .min(1)
    .max(65_535)
    .default(16_384)
    .describe('Epochs that a device may hold'),
  frame_bytes: bytesSchema
    .pipe(z.number().min(1_024).max(LIMITS.frameBytes))
    .default(LIMITS.frameBytes)
    .describe('Longest frame'),
  body_bytes: bytesSchema.default(8 * 2 ** 20).describe('Longest body of an HTTP request'),
  subscribers: z.number().int().min(1).default(1_000).describe('Live subscriptions at a time'),
  subscriber_bytes: bytesSchema
    .default(2 ** 20)
    .describe('Text on the way to one subscriber; beyond it the log is read no further for that one'),
  waiters: z
    .number()
    .int()
    .min(1)
    .default(5_000)
    .describe('Requests at a time that wait for readings, and as many for commands'),
});

const sessionSchema = z.strictObject({
  deadline: durationSchema
    .pipe(z.number().min(300))
    .default(30_000)
    .describe('Silence after which a connection is taken for dead'),
  credit: z
    .number()
    .int()
    .min(1)
    .max(4_096)
    .default(256)
    .describe('Unacknowledged frames that a device may have on the way'),
  hello_timeout: durationSchema
    .default(10_000)
    .describe('Time within which a new connection has to say who it is'),
  command_timeout: durationSchema.default(10_000).describe("Time for a device's reply to a command"),
});

/** Keys as in a file. */
const plainHubConfigSchema = z.strictObject({
  listen: listenSchema.prefault({}),
  data_dir: z
    .string()
    .min(1)
    .default('weir-data/hub')
    .describe('Folder of the log, the stores and the token'),
  token_file: z
    .string()
    .min(1)
    .nullable()
    .default(null)
    .describe('File with the admin token, made if absent; null is `token` in data_dir'),
  tokens: z.array(tokenSchema).max(100_000).default([]).describe('Further tokens'),
  log: logSchema.prefault({}),
  ledger: ledgerSchema.prefault({}),
  limits: limitsSchema.prefault({}),
  session: sessionSchema.prefault({}),
  stores: z
    .strictObject({
      duckdb: duckdbConfigSchema.prefault({}),
      influx: influxConfigSchema.nullable().default(null).describe('InfluxDB 1.8, 2 or 3; null for none'),
    })
    .prefault({}),
  vitals: z
    .strictObject({
      interval: durationSchema
        .default(10_000)
        .describe('How often the hub writes its own vital signs; 0 for never'),
      device: z
        .string()
        .regex(DEVICE_NAME)
        .default('weir-hub')
        .describe('The device that they are of; two hubs with one InfluxDB need two names'),
    })
    .prefault({}),
  console: z
    .strictObject({ enabled: z.boolean().default(true).describe("Serve the hub's own web page at /") })
    .prefault({}),
});

/** Everything that a hub can be told, checked as a whole. */
export const hubConfigSchema = plainHubConfigSchema.refine(
  ({ log, limits }) => log.pending_bytes >= PENDING_FRAMES_MIN * limits.frame_bytes,
  {
    path: ['log', 'pending_bytes'],
    message: `must have room for ${PENDING_FRAMES_MIN} frames of limits.frame_bytes, or the longest never fits`,
  },
);

export type HubConfig = z.output<typeof hubConfigSchema>;
export type HubConfigInput = z.input<typeof hubConfigSchema>;
export type TokenEntry = z.output<typeof tokenSchema>;
