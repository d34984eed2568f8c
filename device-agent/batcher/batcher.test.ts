import { LIMITS, encodeFrame, type ChannelDescription, type ChannelType, type Column } from '@weir/protocol';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { VirtualTime } from '../simulation/virtual-time.testing.js';
import { Batcher, type BatchOptions } from './batcher.js';

interface Batch {
  readonly columns: { channel: number; times: number[]; values: unknown[] }[];
  readonly count: number;
  readonly oldestUs: number;
  readonly bytes: number;
}

class Output {
  readonly log: ('describe' | 'readings')[] = [];
  readonly described: ChannelDescription[][] = [];
  readonly batches: Batch[] = [];

  describe(channels: readonly ChannelDescription[]): void {
    this.log.push('describe');
    this.described.push([...channels]);
  }

  readings(columns: readonly Column[], count: number, oldestUs: number): void {
    this.log.push('readings');
    const { length: bytes } = encodeFrame({ type: 'readings', epoch: 2 ** 52, seq: 0xffff_ffff, columns });
    const copied = columns.map(({ channel, times, values }) => ({
      channel,
      times: Array.from(times),
      values: Array.from({ length: values.length }, (_, i) => values[i]),
    }));
    this.batches.push({ columns: copied, count, oldestUs, bytes });
  }
}

const channel = (index: number, type: ChannelType = 'number'): ChannelDescription => ({
  index,
  name: `c/${index}`,
  type,
  unit: '',
  intervalMs: null,
});

function setUp(options: Partial<BatchOptions> = {}): { out: Output; time: VirtualTime; batcher: Batcher } {
  const out = new Output();
  const time = new VirtualTime();
  return { out, time, batcher: new Batcher(out, time, { maxDelayMs: 50, maxReadings: 500, ...options }) };
}

describe('Batcher', () => {
  it('hands on columns by channel when the oldest reading has waited long enough', async () => {
    const { out, time, batcher } = setUp();
    batcher.describe([channel(0), channel(1, 'boolean'), channel(2, 'text')]);
    batcher.reading(0, 1_000, 1.5);
    batcher.reading(1, 900, true);
    await time.pass(40);
    batcher.reading(0, 2_000, 2.5);
    batcher.reading(2, 2_000, 'on');
    await time.pass(9);
    expect(out.log).toEqual([]);
    await time.pass(1);
    expect(out.log).toEqual(['describe', 'describe', 'describe', 'readings']);
    expect(out.batches[0]).toMatchObject({
      count: 4,
      oldestUs: 900,
      columns: [
        { channel: 0, times: [1_000, 2_000], values: [1.5, 2.5] },
        { channel: 1, times: [900], values: [true] },
        { channel: 2, times: [2_000], values: ['on'] },
      ],
    });
    await time.pass(1_000);
    expect(out.batches).toHaveLength(1);
  });

  it('hands on as many as a frame may hold, and keeps to a lower limit of the hub', () => {
    const { out, batcher } = setUp({ maxReadings: 3 });
    batcher.describe([channel(0)]);
    for (let i = 0; i < 7; i++) batcher.reading(0, i, i);
    expect(out.batches.map(({ count }) => count)).toEqual([3, 3]);
    batcher.flush();
    batcher.limit({ frameBytes: LIMITS.frameBytes, readingsPerFrame: 2 });
    for (let i = 10; i < 14; i++) batcher.reading(0, i, i);
    batcher.flush();
    expect(out.batches.map(({ count }) => count)).toEqual([3, 3, 1, 2, 2]);
  });

  it('describes before it uses, the newest description of a channel once, each in a frame of its own', () => {
    const { out, batcher } = setUp();
    batcher.describe(Array.from({ length: 150 }, (_, i) => channel(i)));
    batcher.describe([{ ...channel(3), intervalMs: 5 }]);
    batcher.reading(149, 1, 1);
    batcher.flush();
    expect(out.log).toHaveLength(151);
    expect(out.log.at(-1)).toBe('readings');
    const all = out.described.flat();
    expect(all).toHaveLength(150);
    expect(all[3]).toMatchObject({ index: 3, intervalMs: 5 });
  });

  it('leaves out, and counts, what the hub refuses', () => {
    const { out, batcher } = setUp();
    batcher.describe([channel(0), channel(1)]);
    batcher.reading(0, 1, 1);
    batcher.mute([0]);
    batcher.reading(0, 2, 2);
    batcher.reading(1, 2, 2);
    batcher.flush();
    expect(out.batches[0]).toMatchObject({ count: 2 });
    expect(batcher.readingsMuted).toBe(1);
  });

  it('does not take a channel that was not described', () => {
    expect(() => setUp().batcher.reading(0, 1, 1)).toThrow(/not described/);
  });

  it('never makes a frame over the limit, and loses and changes nothing', () => {
    const reading = fc.oneof(
      fc.record({ channel: fc.constant(0), value: fc.double({ noNaN: true, noDefaultInfinity: true }) }),
      fc.record({ channel: fc.constant(1), value: fc.boolean() }),
      fc.record({ channel: fc.constant(2), value: fc.string({ unit: 'grapheme', maxLength: 300 }) }),
    );
    fc.assert(
      fc.property(
        fc.array(reading, { maxLength: 200 }),
        fc.integer({ min: 1_500, max: 5_000 }),
        (readings, limit) => {
          const { out, batcher } = setUp();
          batcher.limit({ frameBytes: limit, readingsPerFrame: 100 });
          batcher.describe([channel(0), channel(1, 'boolean'), channel(2, 'text')]);
          readings.forEach(({ channel: index, value }, i) => batcher.reading(index, i * 1_000_003, value));
          batcher.flush();
          for (const index of [0, 1, 2]) {
            const columns = out.batches.flatMap((batch) =>
              batch.columns.filter((each) => each.channel === index),
            );
            const expected = readings.filter((each) => each.channel === index).map(({ value }) => value);
            expect(columns.flatMap(({ values }) => values)).toEqual(expected);
          }
          for (const { bytes, count } of out.batches) {
            expect(count).toBeLessThanOrEqual(100);
            expect(bytes).toBeLessThanOrEqual(limit);
          }
        },
      ),
      { numRuns: 200 },
    );
  });
});
