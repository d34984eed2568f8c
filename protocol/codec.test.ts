import { Decoder } from 'cbor-x/decode';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { decodeFrame, encodeFrame, inspectFrame, splitSequence } from './codec.js';
import type { Frame, Readings } from './frames.js';
import { anyFrame, readingsFrame } from './frames.testing.js';
import { LIMITS } from './limits.js';

const RUNS = { numRuns: 1000 };

function readings(columns: Readings['columns']): Readings {
  return { type: 'readings', epoch: 0, seq: 1, columns };
}

describe('round trip', () => {
  it('gives every frame back exactly', () => {
    fc.assert(
      fc.property(anyFrame, (frame) => {
        expect(decodeFrame(encodeFrame(frame))).toStrictEqual(frame);
      }),
      RUNS,
    );
  });

  it('takes plain arrays as well as typed ones', () => {
    const plain = readings([{ channel: 0, times: [5, 6], values: [21.57, -0] }]);
    const typed = readings([
      { channel: 0, times: Float64Array.of(5, 6), values: Float64Array.of(21.57, -0) },
    ]);
    expect(encodeFrame(plain)).toEqual(encodeFrame(typed));
  });

  it('leaves the bytes as they were', () => {
    fc.assert(
      fc.property(anyFrame, (frame) => {
        const bytes = encodeFrame(frame);
        const before = Buffer.from(bytes).toString('hex');
        decodeFrame(bytes);
        inspectFrame(bytes);
        expect(Buffer.from(bytes).toString('hex')).toBe(before);
        expect(Object.keys(bytes)).toHaveLength(bytes.length);
      }),
    );
  });

  it('reads frames out of the middle of a larger buffer', () => {
    fc.assert(
      fc.property(anyFrame, fc.nat(9), (frame, offset) => {
        const bytes = encodeFrame(frame);
        const within = Buffer.alloc(bytes.length + 20, 0xff);
        within.set(bytes, offset);
        expect(decodeFrame(within.subarray(offset, offset + bytes.length))).toStrictEqual(frame);
      }),
    );
  });
});

/** The columns by another way: cbor-x's generic items and the rules of docs/protocol.md, with no thought of speed. */
function readByTheBook(bytes: Uint8Array): unknown {
  const options = { useRecords: false, int64AsNumber: true };
  const items = new Decoder(options).decode(new Uint8Array(bytes)) as unknown[];
  const base = items[3] as number;
  const columns = [];
  let times: number[] = [];
  for (let i = 4; i < items.length; i += 3) {
    times = timesByTheBook(items[i + 1], base, times);
    const values = valuesByTheBook(items[i + 2]);
    const numbers = typeof values[0] === 'number';
    columns.push({
      channel: items[i],
      times: Float64Array.from(times),
      values: numbers ? Float64Array.from(values as number[]) : values,
    });
  }
  return { type: 'readings', epoch: items[1], seq: items[2], columns };
}

function timesByTheBook(item: unknown, base: number, previous: number[]): number[] {
  if (item === null) return previous;
  if (typeof item === 'number') return [base + item];
  const [first = 0, ...differences] = item as number[];
  const times = [base + first];
  let step = 0;
  for (const difference of differences) times.push(times.at(-1)! + (step += difference));
  return times;
}

function valuesByTheBook(item: unknown): unknown[] {
  if (!Array.isArray(item)) return [item];
  const [form, ...rest] = item as [number | null, ...unknown[]];
  if (form === null) return rest;
  if (form === 32 || form === 64) {
    const bytes = Buffer.from(rest[0] as Uint8Array);
    return Array.from({ length: (8 * bytes.length) / form }, (_, i) =>
      form === 32 ? bytes.readFloatBE(4 * i) : bytes.readDoubleBE(8 * i),
    );
  }
  let mantissa = 0;
  return rest.map((difference) => {
    mantissa += difference as number;
    return form < 0 ? mantissa / 10 ** -form : mantissa * 10 ** form;
  });
}

describe('readings', () => {
  it('mean the same to a decoder written from the specification', () => {
    fc.assert(
      fc.property(readingsFrame, (frame) => {
        expect(readByTheBook(encodeFrame(frame))).toStrictEqual(frame);
      }),
      RUNS,
    );
  });

  it('are summed up as they are', () => {
    fc.assert(
      fc.property(readingsFrame, (frame) => {
        const { epoch, seq, columns } = frame;
        const types = columns.map(({ values }) =>
          typeof values[0] === 'string' ? 'text' : typeof values[0],
        );
        const columnLastUs = columns.map(({ times }) => times[times.length - 1] ?? 0);
        const summary = inspectFrame(encodeFrame(frame));
        if (summary.type !== 'readings') throw new Error(summary.type);
        expect(summary).toMatchObject({
          ...{ epoch, seq, columns: columns.length },
          count: columns.reduce((sum, { times }) => sum + times.length, 0),
          firstUs: Math.min(...columns.map(({ times }) => times[0] ?? 0)),
          lastUs: Math.max(...columnLastUs),
        });
        const first = <T>(list: readonly T[]): T[] => list.slice(0, columns.length);
        expect(first(summary.channels)).toEqual(columns.map(({ channel }) => channel));
        expect(first(summary.types)).toEqual(types);
        expect(first(summary.columnLastUs)).toEqual(columnLastUs);
      }),
    );
  });

  it('are never larger than as plain floats of eight bytes', () => {
    fc.assert(
      fc.property(
        fc.array(fc.double({ noNaN: true, noDefaultInfinity: true }), { minLength: 2 }),
        (values) => {
          const times = values.map((_, i) => i);
          const bytes = encodeFrame(readings([{ channel: 0, times, values }]));
          expect(bytes.length).toBeLessThan(30 + 9 * values.length);
        },
      ),
    );
  });

  it.each([21.57, 0.1, 1e-7, 1013.25, -40, 0.30000000000000004, 1 / 3, 2 ** 53 - 1, 123456789.123, -0])(
    'give %d back bit for bit',
    (value) => {
      const frame = readings([{ channel: 0, times: [1], values: [value] }]);
      const decoded = decodeFrame(encodeFrame(frame)) as Readings;
      expect(decoded.columns[0]?.values[0]).toBe(value);
    },
  );
});

describe('size', () => {
  it('of one reading stays under 32 bytes in the worst case of a number', () => {
    const worst: Frame = {
      type: 'readings',
      epoch: 255,
      seq: 2 ** 32 - 1,
      columns: [{ channel: 1023, times: [2 ** 53 - 1], values: [-Math.PI] }],
    };
    expect(encodeFrame(worst).length).toBeLessThan(32);
  });

  it.each([
    {
      sensor: 'thermometer, 0.01 Cel',
      from: 21.5,
      step: 0.05,
      places: 2,
      intervalUs: 1_000_000,
      jitterUs: 900,
    },
    {
      sensor: 'barometer, 0.1 hPa',
      from: 1013.2,
      step: 0.3,
      places: 1,
      intervalUs: 10_000_000,
      jitterUs: 25_000,
    },
    { sensor: 'power meter, 1 W', from: 2400, step: 300, places: 0, intervalUs: 200_000, jitterUs: 4_000 },
    { sensor: 'scale, 0.0001 kg', from: 12.5, step: 0.01, places: 4, intervalUs: 100_000, jitterUs: 60_000 },
  ])(
    'of 100 readings of a $sensor stays under 8 bytes each',
    ({ from, step, places, intervalUs, jitterUs }) => {
      fc.assert(
        fc.property(fc.infiniteStream(fc.double({ min: -1, max: 1, noNaN: true })), (chance) => {
          let value = from;
          const draw = (): number => Number(chance.next().value);
          const values = Array.from({ length: 100 }, () => Number((value += draw() * step).toFixed(places)));
          const times = values.map(
            (_, i) => 5_000_000_000 + i * intervalUs + Math.round(draw() * 0.5 * jitterUs),
          );
          const bytes = encodeFrame(readings([{ channel: 7, times, values }]));
          expect(bytes.length).toBeLessThan(800);
        }),
        { numRuns: 50 },
      );
    },
  );
});

describe('encodeFrame', () => {
  const long = new Array<string>(300).fill('x'.repeat(4000));
  it.each<[string, string, Frame]>([
    ['no column', 'protocol.wrong_type', readings([])],
    ['no reading', 'protocol.wrong_type', readings([{ channel: 0, times: [], values: [] }])],
    [
      'more values than times',
      'protocol.column_length',
      readings([{ channel: 0, times: [1], values: [1, 2] }]),
    ],
    ['NaN', 'protocol.not_finite', readings([{ channel: 0, times: [1], values: [Number.NaN] }])],
    ['a time with a fraction', 'protocol.wrong_type', readings([{ channel: 0, times: [1.5], values: [1] }])],
    [
      'times that decrease',
      'protocol.out_of_range',
      readings([{ channel: 0, times: [2, 1], values: [1, 2] }]),
    ],
    ['a lone surrogate', 'protocol.wrong_type', readings([{ channel: 0, times: [1], values: ['\ud800'] }])],
    [
      'a text too long',
      'protocol.string_too_long',
      readings([{ channel: 0, times: [1], values: ['ä'.repeat(2049)] }]),
    ],
    [
      'a channel twice',
      'protocol.repeated_channel',
      readings([0, 0].map(() => ({ channel: 0, times: [1], values: [1] }))),
    ],
    [
      'a channel over the limit',
      'protocol.out_of_range',
      readings([{ channel: 1024, times: [1], values: [1] }]),
    ],
    [
      'too many readings',
      'protocol.too_many_readings',
      readings([{ channel: 0, times: new Float64Array(10_001), values: new Float64Array(10_001) }]),
    ],
    [
      'too many bytes',
      'protocol.frame_too_large',
      readings([{ channel: 0, times: long.map((_, i) => i), values: long }]),
    ],
    [
      'an epoch that is neither index nor id',
      'protocol.out_of_range',
      { ...readings([{ channel: 0, times: [1], values: [1] }]), epoch: 70_000 },
    ],
    ['a sequence of zero', 'protocol.out_of_range', { type: 'describe', epoch: 0, seq: 0, channels: [] }],
    [
      'a bad device name',
      'protocol.invalid_name',
      { type: 'hello', version: 1, device: 'a b', agent: '', monotonicUs: 0, epochs: [] },
    ],
  ])('refuses %s', (_, code, frame) => {
    expect(() => encodeFrame(frame)).toThrow(expect.objectContaining({ code }) as Error);
  });

  it('refuses values of mixed types', () => {
    const values = [1, 'a', true] as unknown as number[];
    expect(() => encodeFrame(readings([{ channel: 0, times: [1, 2, 3], values }]))).toThrow(
      'numbers throughout',
    );
  });
});

describe('decodeFrame', () => {
  it('names the frame in its refusal', () => {
    const bytes = encodeFrame({ type: 'gap', epoch: 3, seq: 77, lostEpoch: 3, lost: [4, 5], reason: 1 });
    bytes[bytes.length - 1] = 9;
    expect(() => decodeFrame(bytes)).toThrow(expect.objectContaining({ epoch: 3, seq: 77 }) as Error);
  });

  it('names the channel at fault', () => {
    const nan = Buffer.from('87030007000c00f97e00', 'hex');
    expect(() => decodeFrame(nan)).toThrow('channel 12: values: NaN is not finite');
  });

  it('holds the limits it is given', () => {
    const bytes = encodeFrame(readings([{ channel: 5, times: [1, 2, 3], values: [1, 2, 3] }]));
    const refused = (limits: Partial<typeof LIMITS>) => () => decodeFrame(bytes, { ...LIMITS, ...limits });
    expect(refused({ readingsPerFrame: 2 })).toThrow('3 readings or more');
    expect(refused({ channels: 5 })).toThrow('channel: 5 is over the limit 4');
    expect(refused({ frameBytes: 10 })).toThrow('the limit is 10');
  });
});

describe('splitSequence', () => {
  it('gives the frames of a CBOR sequence', () => {
    fc.assert(
      fc.property(fc.array(anyFrame, { maxLength: 5 }), (frames) => {
        const body = Buffer.concat(frames.map(encodeFrame));
        expect(splitSequence(body).map((bytes) => decodeFrame(bytes))).toStrictEqual(frames);
      }),
      { numRuns: 50 },
    );
  });

  it('refuses a body of more frames than anyone sends', () => {
    expect(splitSequence(new Uint8Array(65_536).fill(0x80))).toHaveLength(65_536);
    expect(() => splitSequence(new Uint8Array(8 * 2 ** 20).fill(0x80))).toThrow('the limit is 65536');
  });

  it('refuses a frame over the limit, and a cut one', () => {
    const body = encodeFrame({ type: 'probe', sentUs: 5, anchor: null });
    expect(() => splitSequence(body, { ...LIMITS, frameBytes: 3 })).toThrow(
      'frame of 4 bytes; the limit is 3',
    );
    expect(() => splitSequence(Buffer.concat([body, body.subarray(0, 3)]))).toThrow('malformed at byte 7');
  });
});
