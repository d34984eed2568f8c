/** The agent's configuration file: docs/config.md is made from this schema, agent.example.yaml shows it. */
import { DEVICE_NAME } from '@weir/protocol';
import { bytesSchema, durationSchema, messageOf } from '@weir/runtime';
import { z } from 'zod';
import { BATCH_DEFAULTS } from './batcher/batcher.js';
import { hubAddress } from './link/websocket.js';
import { sourcesSchema } from './sources/config.js';

const SPOOL_BYTES_MIN = 2 ** 20;
const MEMORY_BYTES_MIN = 2 ** 18;
const DELAY_MS_MAX = 3_600_000;

const hubSchema = z.string().superRefine((hub, context) => {
  try {
    hubAddress(hub);
  } catch (error) {
    context.addIssue({ code: 'custom', message: messageOf(error) });
  }
});

export const spoolConfigSchema = z.strictObject({
  dir: z.string().min(1).default('weir-spool').describe('Folder where readings wait while the hub is away'),
  max_bytes: bytesSchema
    .pipe(z.number().min(SPOOL_BYTES_MIN))
    .default(256 * 2 ** 20)
    .describe('Most disk space; beyond it the oldest readings go, and the hub is told which'),
  max_age: durationSchema
    .default(0)
    .describe('Readings older than this go, as far as the clocks can tell; 0 keeps them'),
  commit_delay: durationSchema
    .pipe(z.number().max(DELAY_MS_MAX))
    .default(1_000)
    .describe(
      'Readings that the hub has not confirmed after this are written to disk: a longer one spares an SD card, a crash can lose what came within it',
    ),
  memory_bytes: bytesSchema
    .pipe(z.number().min(MEMORY_BYTES_MIN))
    .default(8 * 2 ** 20)
    .describe('Most memory for readings that are not on disk, which is all there is when the disk is full'),
});

export const batchConfigSchema = z.strictObject({
  max_delay_ms: z
    .number()
    .int()
    .min(0)
    .max(60_000)
    .default(BATCH_DEFAULTS.maxDelayMs)
    .describe('Longest time that a reading waits for others to share a frame with'),
  max_readings: z
    .number()
    .int()
    .min(1)
    .max(10_000)
    .default(BATCH_DEFAULTS.maxReadings)
    .describe('Most readings in one frame'),
});

export const agentConfigSchema = z
  .strictObject({
    device: z
      .string()
      .regex(DEVICE_NAME, 'a device name is 1 to 128 letters, digits and _ - . :')
      .describe('Name of this device; unique at its hub'),
    hub: hubSchema.default('ws://127.0.0.1:8087').describe('Address of the hub (ws, wss, http or https)'),
    token: z.string().min(1).optional().describe('Token of this device'),
    token_file: z
      .string()
      .min(1)
      .optional()
      .describe('File that holds the token, read again at every connection'),
    tls: z
      .strictObject({
        ca_file: z
          .string()
          .min(1)
          .optional()
          .describe(
            "PEM file of the authority that signed the hub's certificate, in place of the well-known ones; read again at every connection",
          ),
      })
      .prefault({}),
    spool: spoolConfigSchema.prefault({}),
    batch: batchConfigSchema.prefault({}),
    sources: sourcesSchema.default([]).describe('What to read'),
  })
  .superRefine(({ token, token_file }, context) => {
    if ((token === undefined) === (token_file === undefined))
      context.addIssue({
        code: 'custom',
        path: ['token'],
        message: 'a token is needed: give either token or token_file',
      });
  });

export type AgentConfig = z.output<typeof agentConfigSchema>;
