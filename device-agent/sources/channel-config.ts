/** What a configuration may say of sampling and of single channels; shared by every type of source. */
import { CHANNEL_NAME } from '@weir/protocol';
import { z } from 'zod';

const DAY_MS = 86_400_000;

export const millisecondsSchema = z.number().int().min(1).max(DAY_MS);

/** A name within a source, such as `temperature` or `outside/temperature`. */
export const channelNameSchema = z
  .string()
  .max(100)
  .regex(CHANNEL_NAME, 'a channel name is letters, digits and _ - . : in segments separated by /');

/** Rate and deadband. Given for a source they hold for all its channels; given for a channel, for that one. */
export const samplingShape = {
  interval_ms: millisecondsSchema
    .optional()
    .describe('Keep at most one reading of a number per this many milliseconds; absent: keep all'),
  deadband: z
    .number()
    .nonnegative()
    .optional()
    .describe(
      'Keep a number only when it differs from the last kept one by more than this; 0: on any change',
    ),
  deadband_percent: z
    .number()
    .nonnegative()
    .max(1000)
    .optional()
    .describe('The same as a percentage of the last kept number; with both, the greater one counts'),
  heartbeat_ms: millisecondsSchema
    .optional()
    .describe(
      'Keep a reading in spite of the deadband when the last kept one is this old; 60000 when there is a deadband',
    ),
};

export const samplingSchema = z.strictObject(samplingShape);
export type SamplingConfig = z.output<typeof samplingSchema>;

export const channelSchema = z.strictObject({
  name: channelNameSchema
    .optional()
    .describe('Name under which the channel is recorded; absent: the name as read'),
  type: z
    .enum(['number', 'boolean', 'text'])
    .optional()
    .describe('Type of the channel; values of another type are converted where that is exact, else refused'),
  unit: z
    .string()
    .max(64)
    .optional()
    .describe('Unit from the SenML registry (RFC 8428, RFC 8798), such as Cel or %RH'),
  scale: z.number().optional().describe('Multiply numbers by this, before the offset'),
  offset: z.number().optional().describe('Add this to numbers'),
  ...samplingShape,
});
export type ChannelConfig = z.output<typeof channelSchema>;

export const channelsSchema = z
  .record(z.string().min(1).max(128), channelSchema)
  .default({})
  .describe('Settings of single channels, by the name as read');

/** Where each source of bytes shares its settings for what becomes of the values. */
export const decodedShape = {
  channels: channelsSchema,
  only_listed: z
    .boolean()
    .default(false)
    .describe('Record only the channels listed under channels; the others are counted as refused'),
};
