import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { lowerBound, SeriesBuffer } from './series-buffer.js';

const points = (buffer: SeriesBuffer): [number, number][] =>
  [...buffer.times].map((time, index) => [time, buffer.values[index]!]);

describe('SeriesBuffer', () => {
  it('appends, and gives views of what it holds', () => {
    const buffer = new SeriesBuffer();
    expect(buffer.put(10, 1)).toBe('appended');
    expect(buffer.put(20, 2)).toBe('appended');
    expect(points(buffer)).toEqual([
      [10, 1],
      [20, 2],
    ]);
    expect([buffer.oldestUs, buffer.newestUs, buffer.length]).toEqual([10, 20, 2]);
  });

  it('puts a late reading at its own time and remembers that it was late', () => {
    const buffer = new SeriesBuffer();
    for (const time of [10, 20, 40]) buffer.put(time, time);
    const revision = buffer.revision;
    expect(buffer.put(30, 3, true)).toBe('inserted');
    expect(points(buffer)).toEqual([
      [10, 10],
      [20, 20],
      [30, 3],
      [40, 40],
    ]);
    expect([...buffer.late]).toEqual([0, 0, 1, 0]);
    expect(buffer.revision).toBe(revision + 1);
  });

  it('holds a time once', () => {
    const buffer = new SeriesBuffer();
    buffer.put(10, 1);
    buffer.put(20, 2);
    expect(buffer.put(10, 7)).toBe('replaced');
    expect(buffer.put(20, 8)).toBe('replaced');
    expect(points(buffer)).toEqual([
      [10, 7],
      [20, 8],
    ]);
  });

  it('lets the oldest go when full, and refuses what is older still', () => {
    const buffer = new SeriesBuffer(3);
    for (const time of [10, 20, 30, 40]) buffer.put(time, time);
    expect([...buffer.times]).toEqual([20, 30, 40]);
    expect(buffer.put(15, 0)).toBe('too_old');
    expect(buffer.put(35, 0)).toBe('inserted');
    expect([...buffer.times]).toEqual([30, 35, 40]);
  });

  it('equals a sorted map, whatever comes in whatever order', () => {
    const reading = fc.tuple(fc.integer({ min: 0, max: 400 }), fc.double({ noNaN: true }));
    fc.assert(
      fc.property(
        fc.array(reading, { maxLength: 900 }),
        fc.integer({ min: 1, max: 600 }),
        (readings, most) => {
          const buffer = new SeriesBuffer(most);
          const model = new Map<number, number>();
          for (const [time, value] of readings) {
            buffer.put(time, value);
            const oldest = Math.min(...model.keys());
            if (!model.has(time) && model.size >= most) {
              if (time < oldest) continue;
              model.delete(oldest);
            }
            model.set(time, value);
          }
          expect(points(buffer)).toEqual([...model].sort((a, b) => a[0] - b[0]));
        },
      ),
      { numRuns: 200 },
    );
  });
});

describe('lowerBound', () => {
  it('finds the first element that is not below', () => {
    const sorted = Float64Array.of(1, 3, 3, 5);
    expect([0, 1, 2, 3, 4, 5, 6].map((value) => lowerBound(sorted, value))).toEqual([0, 0, 1, 1, 3, 3, 4]);
  });
});
