/**
 * The hub's live stream (`weir.stream.v1`): one JSON object per text message.
 *
 *   readings   batches of one channel and one frame each, and the cursor just past the record that held them
 *   device     a device's state: one for each device at the start, then one at every change
 *   caught_up  all that is stored has been sent
 *   skipped    a part of the log is gone (retention) or unreadable: said, never silent
 *
 * Whatever else arrives ends the stream with `bridge.bad_stream`: guessing could move the cursor past readings. Unknown
 * keys are allowed, so that a newer hub can say more.
 */
import { z } from 'zod';
import { messageOf, WeirError } from '@weir/runtime';

const integer = z.int();
const cursor = z
  .string()
  .regex(/^\d{1,16}$/)
  .transform(Number)
  .pipe(integer.nonnegative());
/** UTC us; a clock offset may leave a fraction. */
const time = z.number().min(Number.MIN_SAFE_INTEGER).max(Number.MAX_SAFE_INTEGER);
const text = z.string().max(4096);

const batch = z
  .object({
    device: text,
    channel: text,
    kind: z.enum(['number', 'boolean', 'text']),
    unit: text,
    epoch: integer.nonnegative(),
    seq: integer.positive(),
    times_us: z.array(time),
    values: z.union([z.array(z.number()), z.array(z.boolean()), z.array(text)]),
    uncertainty_us: z.number().nullable(),
  })
  .refine(({ times_us, values }) => times_us.length === values.length, {
    error: 'times_us and values differ in length',
  })
  .refine(({ kind, values }) => values.length === 0 || typeof values[0] === JS_TYPE[kind], {
    error: 'values are not of the kind',
  });

const JS_TYPE = { number: 'number', boolean: 'boolean', text: 'string' } as const;

const device = z.object({
  device: text,
  state: z.enum(['online', 'stale', 'offline']),
  since_us: time,
  last_seen_us: time.nullable(),
  agent: text.nullable(),
  channels: z.number(),
  backlog_frames: z.number().nullable(),
  clock: z.object({ source: text, uncertainty_us: z.number().nullable() }).nullable(),
});

const message = z.discriminatedUnion('type', [
  z.object({ type: z.literal('readings'), cursor, batches: z.array(batch) }),
  z.object({ type: z.literal('device'), device }),
  z.object({ type: z.literal('caught_up'), cursor }),
  z.object({
    type: z.literal('skipped'),
    from: z.union([cursor, integer.nonnegative()]),
    to: z.union([cursor, integer.nonnegative()]),
    reason: text,
  }),
]);

export type StreamMessage = z.output<typeof message>;
export type ReadingBatch = z.output<typeof batch>;
/** As in the hub's `GET /api/v1/devices`. Times in UTC us. */
export type HubDevice = z.output<typeof device>;

/** Throws `bridge.bad_stream` that names the place in the message. */
export function parseStreamMessage(json: string): StreamMessage {
  const result = message.safeParse(parseJson(json));
  if (result.success) return result.data;
  const issue = result.error.issues[0];
  throw badStream(`${issue?.path.join('.') ?? ''}: ${issue?.message ?? 'invalid'}`, json);
}

function parseJson(json: string): unknown {
  try {
    return JSON.parse(json);
  } catch (error) {
    throw badStream(messageOf(error), json);
  }
}

function badStream(fault: string, json: string): WeirError {
  return new WeirError('bridge.bad_stream', `the hub's stream sent what is no stream message: ${fault}`, {
    details: { message: json.slice(0, 200) },
  });
}
