/** Arbitrary frames for property tests: everything that the wire can say, and nothing that it cannot. */
import fc from 'fast-check';
import { CHANNEL_TYPES, ErrorCode, GapReason } from './codes.js';
import type { ClockAnchor, Column, Frame, Readings, SequenceRange } from './frames.js';

/** Plain objects, as the decoder gives. */
const record: <T>(model: { [K in keyof T]: fc.Arbitrary<T[K]> }) => fc.Arbitrary<T> = (model) =>
  fc.record(model, { noNullPrototype: true });

const uint = fc.maxSafeNat();
const count = fc.integer({ min: 0, max: 0xffff_ffff });
const sequence = fc.integer({ min: 1, max: 0xffff_ffff });
const epochId = fc.maxSafeNat().filter((id) => id >= 0x1_0000_0000);
const epoch = fc.oneof(fc.integer({ min: 0, max: 0xffff }), epochId);
/** cbor-x drops a byte order mark from texts over 64 bytes; values of readings do not pass through it. */
const message = fc
  .string({ unit: 'binary', maxLength: 90 })
  .filter((text) => !/\p{Surrogate}/u.test(text) && !text.startsWith('\ufeff'));
const name = fc.constantFrom('a', 'boiler/temperature', 'x.y:z_-/0', `d${'0'.repeat(127)}`);
const range: fc.Arbitrary<SequenceRange> = fc
  .tuple(sequence, sequence)
  .map(([a, b]) => [Math.min(a, b), Math.max(a, b)] as const);
const anchor: fc.Arbitrary<ClockAnchor | null> = fc.option(
  record({ monotonicUs: uint, utcUs: uint, uncertaintyUs: uint }),
);
/** JSON's and CBOR's integers have no -0: only readings keep it. */
const real = fc.double({ noNaN: true, noDefaultInfinity: true }).map((value) => (value === 0 ? 0 : value));
const detail = fc.option(fc.oneof(real, fc.maxSafeInteger(), message));

/** Numbers as sensors give them: decimals, counters, raw floats, extremes. */
const reading = fc.oneof(
  fc.integer({ min: -5000, max: 5000 }).map((hundredths) => hundredths / 100),
  fc.integer({ min: -2_000_000_000, max: 2_000_000_000 }).map((micros) => micros / 1e6),
  fc.maxSafeInteger(),
  fc.integer({ min: 0, max: 900 }).map((thousands) => thousands * 1000),
  fc.float({ noNaN: true, noDefaultInfinity: true }),
  fc.double({ noNaN: true, noDefaultInfinity: true }),
  fc.constantFrom(0, -0, 1e-15, 1e15, 1e22, 0.1 + 0.2, 5e-324, Number.MAX_VALUE, 4294967295, -4294967297),
);
const series = (value: fc.Arbitrary<number>) => fc.array(value, { minLength: 1, maxLength: 40 });
const decimals = fc
  .tuple(fc.constantFrom(1, 100, 1e6), series(fc.integer()))
  .map(([scale, mantissas]) => mantissas.map((mantissa) => mantissa / scale));
const text = fc.string({ unit: 'binary', maxLength: 200 }).filter((value) => !/\p{Surrogate}/u.test(value));
const values: fc.Arbitrary<number[] | boolean[] | string[]> = fc.oneof(
  series(reading),
  decimals,
  series(fc.float({ noNaN: true, noDefaultInfinity: true })),
  fc.array(fc.boolean(), { minLength: 1, maxLength: 40 }),
  fc.array(text, { minLength: 1, maxLength: 10 }),
);
/** Steps between readings: as sampled, or as anything. */
const steps = fc.array(
  fc.oneof(fc.integer({ min: 990_000, max: 1_010_000 }), fc.integer({ min: 0, max: 2 ** 45 })),
  {
    minLength: 1,
    maxLength: 40,
  },
);

interface Draft {
  readonly channel: number;
  readonly values: number[] | boolean[] | string[];
  readonly firstUs: number;
  readonly steps: number[];
  readonly sharesTimes: boolean;
}

const drafts: fc.Arbitrary<Draft[]> = fc.uniqueArray(
  record({
    channel: fc.integer({ min: 0, max: 1023 }),
    values,
    firstUs: fc.integer({ min: 0, max: 2 ** 52 }),
    steps,
    sharesTimes: fc.boolean(),
  }),
  { selector: ({ channel }) => channel, minLength: 1, maxLength: 6 },
);

function columns(list: readonly Draft[]): Column[] {
  const columns: Column[] = [];
  for (const { channel, values, firstUs, steps, sharesTimes } of list) {
    const before = columns.at(-1);
    const times =
      sharesTimes && before ? Float64Array.from(before.times) : timesOf(firstUs, steps, values.length);
    const fitted = Array.from(times, (_, i) => values[i % values.length] ?? 0);
    const numbers = typeof fitted[0] === 'number';
    columns.push({
      channel,
      times,
      values: numbers ? Float64Array.from(fitted as number[]) : (fitted as string[]),
    });
  }
  return columns;
}

function timesOf(firstUs: number, steps: readonly number[], length: number): Float64Array {
  let time = firstUs;
  return Float64Array.from({ length }, (_, i) => (i === 0 ? time : (time += steps[i % steps.length] ?? 0)));
}

export const readingsFrame: fc.Arbitrary<Readings> = record({
  type: fc.constant('readings'),
  epoch,
  seq: sequence,
  columns: drafts.map(columns),
});

const described = record({
  index: fc.integer({ min: 0, max: 1023 }),
  name,
  type: fc.constantFrom(...CHANNEL_TYPES),
  unit: message,
  intervalMs: fc.option(count),
});

const heldEpoch = record({
  epoch: epochId,
  held: fc.option(range),
  anchor,
  deviceUtcUs: fc.option(fc.maxSafeInteger()),
});

const limits = record({ frameBytes: count, channels: count, readingsPerFrame: count, textBytes: count });

/** Any frame of the protocol. */
export const anyFrame: fc.Arbitrary<Frame> = fc.oneof(
  readingsFrame,
  record({
    type: fc.constant('hello'),
    version: fc.constant(1),
    device: fc.constantFrom('boiler-1', 'D:0.1_2', 'd'.repeat(128)),
    agent: message,
    monotonicUs: uint,
    epochs: fc.array(heldEpoch, { minLength: 1, maxLength: 5 }),
  }),
  record({
    type: fc.constant('describe'),
    epoch,
    seq: sequence,
    channels: fc.uniqueArray(described, { selector: ({ index }) => index, maxLength: 5 }),
  }),
  record({
    type: fc.constant('gap'),
    epoch,
    seq: sequence,
    lostEpoch: epoch,
    lost: range,
    reason: fc.constantFrom(...Object.values(GapReason)),
  }),
  record({ type: fc.constant('reply'), id: uint, ok: fc.boolean(), message }),
  record({ type: fc.constant('probe'), sentUs: uint, anchor }),
  record({
    type: fc.constant('welcome'),
    version: fc.constant(1),
    hubUtcUs: uint,
    credit: count,
    deadlineMs: count,
    limits,
    settled: fc.array(fc.array(range, { maxLength: 4 }), { maxLength: 3 }),
  }),
  record({
    type: fc.constant('ack'),
    credit: count,
    stored: fc.array(record({ epoch, range }), { maxLength: 4 }),
  }),
  record({
    type: fc.constant('reject'),
    epoch: fc.option(epoch),
    seq: fc.option(sequence),
    code: fc.constantFrom(...Object.values(ErrorCode)),
    limit: detail,
    value: detail,
    message,
  }),
  record({
    type: fc.constant('command'),
    id: uint,
    name: message,
    channel: fc.option(name),
    value: fc.option(fc.oneof(real, fc.boolean(), message)),
  }),
  record({
    type: fc.constant('configure'),
    id: uint,
    channels: fc.array(record({ name, intervalMs: fc.option(count), deadband: fc.option(real) }), {
      maxLength: 4,
    }),
  }),
  record({ type: fc.constant('probeReply'), sentUs: uint, receivedUtcUs: uint, answeredUtcUs: uint }),
  record({
    type: fc.constant('goodbye'),
    code: fc.integer({ min: 1000, max: 4999 }),
    retryAfterMs: count,
    message,
  }),
);
