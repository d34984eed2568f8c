/** How the bytes of a stream become readings. */
import { z } from 'zod';
import { channelNameSchema } from '../channel-config.js';
import { faultOfPattern } from './pattern.js';

/** Longest line a pattern is tried on: the time a match may take grows with the line. */
export const PATTERN_LINE_BYTES_MAX = 1024;

const joinSchema = z
  .enum(['skip', 'keep'])
  .default('skip')
  .describe(
    'What to do with the first line after opening, which may be the rear part of one: skip it, or keep it (for devices that restart when the port opens)',
  );

const lineBytes = (max: number, fallback: number): z.ZodDefault<z.ZodNumber> =>
  z
    .number()
    .int()
    .min(16)
    .max(max)
    .default(fallback)
    .describe('Longest line in bytes; a longer one is discarded to its end');

export const jsonFormatSchema = z.strictObject({
  type: z.literal('json').describe('One JSON object per line; nested keys are joined by /'),
  max_line_bytes: lineBytes(65_536, 4096),
});

export const csvFormatSchema = z
  .strictObject({
    type: z.literal('csv').describe('One line of separated values per set of readings'),
    columns: z
      .array(channelNameSchema.or(z.literal('')))
      .max(256)
      .optional()
      .describe('Names of the columns in order, "" for one to leave out; absent: taken from the header'),
    delimiter: z
      .string()
      .length(1)
      .default(',')
      .describe('Character between two values; " " takes any run of blanks'),
    header: z
      .boolean()
      .default(false)
      .describe('The device prints a line of column names, at its start or now and then'),
    first_line: joinSchema,
    max_line_bytes: lineBytes(65_536, 4096),
  })
  .refine(({ columns, header }) => header || columns !== undefined, {
    path: ['columns'],
    message: 'name the columns, or say header: true',
  });

export const patternFormatSchema = z.strictObject({
  type: z.literal('pattern').describe('A regular expression searched in each line'),
  pattern: z
    .string()
    .min(1)
    .max(1000)
    .superRefine((pattern, context) => {
      const fault = faultOfPattern(pattern);
      if (fault !== null) context.addIssue({ code: 'custom', message: fault });
    })
    .describe('RE2 syntax (no look-around, no back-reference); each named group (?<name>...) is a channel'),
  first_line: joinSchema,
  max_line_bytes: lineBytes(PATTERN_LINE_BYTES_MAX, PATTERN_LINE_BYTES_MAX),
});

export const cborSlipFormatSchema = z.strictObject({
  type: z.literal('cbor-slip').describe('SLIP frames (RFC 1055), each one CBOR map of name to value'),
  max_frame_bytes: z
    .number()
    .int()
    .min(16)
    .max(65_536)
    .default(4096)
    .describe('Longest frame in bytes, unescaped; a longer one is discarded to its end'),
});

export const formatSchema = z
  .discriminatedUnion('type', [jsonFormatSchema, csvFormatSchema, patternFormatSchema, cborSlipFormatSchema])
  .prefault({ type: 'json' })
  .describe('How the bytes become readings');

export type FormatConfig = z.output<typeof formatSchema>;
export type CsvFormat = z.output<typeof csvFormatSchema>;
