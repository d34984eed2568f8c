/** The part of the agent's configuration that says what to read. */
import { z } from 'zod';
import {
  channelNameSchema,
  channelsSchema,
  decodedShape,
  millisecondsSchema,
  samplingShape,
  type ChannelConfig,
} from './channel-config.js';
import { formatSchema } from './decoders/config.js';

const SOURCES_MAX = 64;

const nameSchema = z
  .string()
  .regex(/^[A-Za-z0-9][A-Za-z0-9_.:-]{0,63}$/, 'a source name is 1 to 64 letters, digits and _ - . :')
  .describe('Name of the source: the first segment of the names of its channels');

const pathSchema = z.string().min(1).max(4096);

const retryMaxSchema = millisecondsSchema
  .default(5000)
  .describe('Longest pause between two attempts to open; pauses start at a twentieth of it and double');

export const serialSchema = z.strictObject({
  type: z.literal('serial').describe('A serial port'),
  name: nameSchema,
  path: pathSchema.describe(
    'Device file; a link below /dev/serial/by-id names one adapter whatever the order of plugging',
  ),
  baud_rate: z.number().int().min(50).max(20_000_000).default(115_200).describe('Bits per second'),
  data_bits: z
    .union([z.literal(5), z.literal(6), z.literal(7), z.literal(8)])
    .default(8)
    .describe('Data bits'),
  stop_bits: z
    .union([z.literal(1), z.literal(1.5), z.literal(2)])
    .default(1)
    .describe('Stop bits'),
  parity: z.enum(['none', 'even', 'odd', 'mark', 'space']).default('none').describe('Parity'),
  flow_control: z
    .enum(['none', 'hardware', 'software'])
    .default('none')
    .describe('RTS/CTS, XON/XOFF or none'),
  retry_max_ms: retryMaxSchema,
  format: formatSchema,
  ...decodedShape,
  ...samplingShape,
});

export const tcpSchema = z.strictObject({
  type: z
    .literal('tcp')
    .describe('A serial line behind a network serial server, such as ser2net in raw mode'),
  name: nameSchema,
  host: z.string().min(1).max(253).describe('Host name or address'),
  port: z.number().int().min(1).max(65_535).describe('TCP port'),
  connect_timeout_ms: millisecondsSchema
    .default(10_000)
    .describe('Give up one attempt to connect after this'),
  idle_timeout_ms: millisecondsSchema
    .optional()
    .describe(
      'Connect anew when no byte has come for this long; set it to several times what the device leaves between lines; absent: never',
    ),
  keepalive_ms: millisecondsSchema
    .default(15_000)
    .describe('Idle time after which TCP probes the connection'),
  retry_max_ms: retryMaxSchema,
  format: formatSchema,
  ...decodedShape,
  ...samplingShape,
});

const lineSchema = z.number().int().min(0).max(1023).describe('Offset of the line on its chip');
const activeLowSchema = z.boolean().default(false).describe('A low level means true');
const biasSchema = z
  .enum(['as-is', 'disabled', 'pull-up', 'pull-down'])
  .default('as-is')
  .describe('Pull resistor of the line');

export const gpioInputSchema = z.strictObject({
  line: lineSchema,
  active_low: activeLowSchema,
  bias: biasSchema,
  edges: z
    .enum(['both', 'rising', 'falling'])
    .default('both')
    .describe('Edges to record, in terms of the logical value'),
  debounce_us: z
    .number()
    .int()
    .min(0)
    .max(1_000_000)
    .default(0)
    .describe('Ignore changes that do not last this many microseconds (libgpiod 2 alone)'),
});
export type GpioInput = z.output<typeof gpioInputSchema>;

export const gpioOutputSchema = z.strictObject({
  line: lineSchema,
  active_low: activeLowSchema,
  bias: biasSchema,
  drive: z
    .enum(['push-pull', 'open-drain', 'open-source'])
    .default('push-pull')
    .describe('How the line is driven'),
  initial: z
    .boolean()
    .optional()
    .describe('Value to set at the start; absent: the line is left alone until it is set'),
});
export type GpioOutput = z.output<typeof gpioOutputSchema>;

export const gpioSchema = z.strictObject({
  type: z.literal('gpio').describe('GPIO lines through the tools of libgpiod, version 1 or 2'),
  name: nameSchema,
  chip: z
    .string()
    .regex(/^[A-Za-z0-9][A-Za-z0-9_.:/+-]{0,63}$/, 'a chip is named by its label or as gpiochipN')
    .describe(
      'Label of the chip, such as pinctrl-bcm2711 or pinctrl-rp1 (gpiodetect lists them), or gpiochipN',
    ),
  inputs: z.record(channelNameSchema, gpioInputSchema).default({}).describe('Input lines by channel name'),
  outputs: z.record(channelNameSchema, gpioOutputSchema).default({}).describe('Output lines by channel name'),
  tools_path: pathSchema
    .optional()
    .describe('Folder of gpiodetect, gpiomon, gpioget and gpioset; absent: searched in PATH'),
  retry_max_ms: retryMaxSchema,
  ...samplingShape,
});

const pollShape = {
  ...samplingShape,
  interval_ms: millisecondsSchema.default(10_000).describe('Time between two readings in milliseconds'),
  channels: channelsSchema,
};

export const thermalSchema = z.strictObject({
  type: z.literal('thermal').describe("The machine's own thermal zones, in Cel"),
  name: nameSchema,
  root: pathSchema.default('/sys/class/thermal').describe('Folder of the thermal_zone entries'),
  ...pollShape,
});

export const systemSchema = z.strictObject({
  type: z
    .literal('system')
    .describe('Load, memory, uptime and disk space of the machine, and what the agent has written to disks'),
  name: nameSchema,
  proc_root: pathSchema.default('/proc').describe('Folder of loadavg, meminfo, uptime and self/io'),
  disks: z
    .record(channelNameSchema, pathSchema)
    .default({ root: '/' })
    .describe('Folders whose file systems are measured, by channel name'),
  ...pollShape,
});

const variants = z.discriminatedUnion('type', [
  serialSchema,
  tcpSchema,
  gpioSchema,
  thermalSchema,
  systemSchema,
]);

export const sourceConfigSchema = variants.superRefine((source, context) => {
  const issue: Issue = (path, message) => context.addIssue({ code: 'custom', path, message });
  if (source.type === 'gpio') checkLines(source, issue);
  else checkRenames(source.channels, issue);
});

export type SourceConfig = z.output<typeof variants>;
export type SerialConfig = z.output<typeof serialSchema>;
export type TcpConfig = z.output<typeof tcpSchema>;
export type GpioConfig = z.output<typeof gpioSchema>;
export type ThermalConfig = z.output<typeof thermalSchema>;
export type SystemConfig = z.output<typeof systemSchema>;

/** The list of sources of an agent: names are unique. */
export const sourcesSchema = z
  .array(sourceConfigSchema)
  .max(SOURCES_MAX)
  .superRefine((sources, context) => {
    const seen = new Set<string>();
    sources.forEach((source, index) => {
      if (seen.has(source.name))
        context.addIssue({
          code: 'custom',
          path: [index, 'name'],
          message: `two sources are named "${source.name}"`,
        });
      seen.add(source.name);
    });
  });

type Issue = (path: PropertyKey[], message: string) => void;

/** A line is one input or one output, and a name is one line. */
function checkLines(source: GpioConfig, issue: Issue): void {
  const owners = new Map<number, string>();
  for (const kind of ['inputs', 'outputs'] as const) {
    const lines: Readonly<Record<string, { readonly line: number }>> = source[kind];
    for (const [channel, { line }] of Object.entries(lines)) {
      const owner = owners.get(line);
      if (owner !== undefined) issue([kind, channel, 'line'], `line ${line} is already used by "${owner}"`);
      owners.set(line, channel);
      if (kind === 'outputs' && channel in source.inputs)
        issue([kind, channel], `"${channel}" is also the name of an input`);
    }
  }
}

function checkRenames(channels: Readonly<Record<string, ChannelConfig>>, issue: Issue): void {
  const owners = new Map<string, string>();
  for (const [read, { name = read }] of Object.entries(channels)) {
    const owner = owners.get(name);
    if (owner !== undefined) issue(['channels', read, 'name'], `"${owner}" is already recorded as "${name}"`);
    owners.set(name, read);
  }
}
