import { z } from 'zod';
import { bytesSchema, durationSchema } from '@weir/runtime';
import { TOPIC_PREFIX } from './topics.js';

const url = (schemes: readonly string[]): z.ZodString =>
  z.string().refine((text) => isUrl(text, schemes), {
    error: `expected a URL that starts with ${schemes.map((scheme) => `${scheme}://`).join(' or ')}, without user or password`,
  });

/** Settings of `weir bridge`: flags, environment names, the file's keys and docs/config.md all come from here. */
export const bridgeConfigSchema = z
  .strictObject({
    hub: url(['ws', 'wss', 'http', 'https']).default('ws://127.0.0.1:8087').describe('URL of the hub.'),
    hub_ca_file: z
      .string()
      .min(1)
      .optional()
      .describe("PEM file of the authority that signed the hub's certificate."),
    token: z.string().min(1).max(4096).optional().describe('A token of the hub that may read.'),
    token_file: z
      .string()
      .min(1)
      .optional()
      .describe('File that holds the token, instead of `token`; read at every connection.'),
    broker: url(['mqtt', 'mqtts'])
      .default('mqtt://127.0.0.1:1883')
      .describe('URL of the MQTT broker; `mqtts://` for TLS.'),
    name: z
      .string()
      .regex(/^[A-Za-z0-9][A-Za-z0-9_.-]{0,63}$/)
      .default('weir')
      .describe(
        "This bridge's name, in its status topic and its MQTT client id. Two bridges need two names.",
      ),
    prefix: z.string().regex(TOPIC_PREFIX).default('weir').describe('First level or levels of every topic.'),
    cursor_file: z
      .string()
      .min(1)
      .default('weir-bridge.cursor')
      .describe('File that remembers up to where the broker has acknowledged.'),
    start_from: z
      .enum(['start', 'now'])
      .default('start')
      .describe(
        "Where to begin when there is no cursor file yet: at the hub's oldest reading, or with new ones.",
      ),
    protocol_version: z.coerce
      .string()
      .pipe(z.enum(['auto', '4', '5']))
      .default('auto')
      .describe('MQTT version: 5, 4 (which is MQTT 3.1.1), or auto, which tries 5 and falls back to 4.'),
    client_id: z
      .string()
      .min(1)
      .max(128)
      .optional()
      .describe('MQTT client id. Without it: `weir-bridge-` and the name.'),
    username: z.string().max(1024).optional().describe('User at the broker.'),
    password: z.string().max(4096).optional().describe('Password at the broker.'),
    tls: z
      .strictObject({
        ca_file: z
          .string()
          .optional()
          .describe("PEM file of the authority that signed the broker's certificate."),
        cert_file: z.string().optional().describe("PEM file of this bridge's own certificate."),
        key_file: z.string().optional().describe("PEM file of that certificate's key."),
      })
      .prefault({}),
    keep_alive: durationSchema
      .refine((ms) => ms >= 1_000 && ms <= 3_600_000, { error: 'expected 1s to 1h' })
      .prefault('15s')
      .describe('Silence after which broker and bridge test each other.'),
    ack_timeout: durationSchema
      .refine((ms) => ms >= 1_000, { error: 'expected 1s or more' })
      .prefault('30s')
      .describe('A broker that acknowledges nothing for so long is disconnected and tried again.'),
    connect_timeout: durationSchema
      .refine((ms) => ms >= 100, { error: 'expected 100ms or more' })
      .prefault('10s')
      .describe('How long the broker, or the hub, may take to accept a connection.'),
    retry_delay_max: durationSchema
      .refine((ms) => ms >= 100, { error: 'expected 100ms or more' })
      .prefault('30s')
      .describe('Longest wait between two tries to reach the broker or the hub.'),
    max_in_flight: z
      .int()
      .min(1)
      .max(32_768)
      .default(1_000)
      .describe('Messages that may wait for the broker at once; a broker that allows fewer is obeyed.'),
    max_in_flight_bytes: bytesSchema
      .refine((bytes) => bytes >= 65_536, { error: 'expected 64KiB or more' })
      .prefault('4MiB')
      .describe('Bytes that may wait for the broker at once.'),
  })
  .refine(({ token, token_file }) => (token === undefined) !== (token_file === undefined), {
    path: ['token'],
    error: 'a token is needed: give either token or token_file',
  })
  .refine(({ username, password }) => password === undefined || username !== undefined, {
    path: ['password'],
    error: 'a password needs a username beside it',
  });

/** Durations in ms, sizes in bytes. */
export type BridgeConfig = z.output<typeof bridgeConfigSchema>;
/** As a user writes it: what has a default may be left out. */
export type BridgeConfigInput = z.input<typeof bridgeConfigSchema>;

function isUrl(text: string, schemes: readonly string[]): boolean {
  if (text.length > 2048 || !URL.canParse(text)) return false;
  const { protocol, username, password, hostname } = new URL(text);
  return schemes.includes(protocol.slice(0, -1)) && hostname !== '' && username === '' && password === '';
}
