import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { Envelope } from './envelope.js';
import { SeriesBuffer } from './series-buffer.js';

/** What the envelope should give, worked out from scratch. */
function expected(buffer: SeriesBuffer, fromUs: number, stretchUs: number): [number, number][] {
  const { times, values } = buffer;
  const before = times.findLastIndex((time) => time < fromUs);
  const points: [number, number][] = [];
  let index = Math.max(0, before);
  while (index < times.length) {
    const stretch = Math.floor(times[index]! / stretchUs);
    const members = [];
    for (; index < times.length && Math.floor(times[index]! / stretchUs) === stretch; index++)
      members.push([times[index]!, values[index]!] as [number, number]);
    const low = members.reduce((a, b) => (b[1] < a[1] ? b : a));
    const high = members.reduce((a, b) => (b[1] > a[1] ? b : a));
    points.push(...(low === high ? [low] : [low, high].sort((a, b) => a[0] - b[0])));
  }
  return points;
}

const given = (
  envelope: Envelope,
  buffer: SeriesBuffer,
  fromUs: number,
  stretchUs: number,
): [number, number][] => {
  const { timesMs, values } = envelope.points(buffer, fromUs, stretchUs);
  return [...timesMs].map((time, index) => [time * 1_000, values[index]!]);
};

describe('Envelope', () => {
  it('keeps the lowest and the highest of a stretch, at their own times', () => {
    const buffer = new SeriesBuffer();
    const values = [5, 9, 1, 5, 5, 5];
    values.forEach((value, index) => buffer.put(1_000 * index, value));
    expect(given(new Envelope(), buffer, 0, 10_000)).toEqual([
      [1_000, 9],
      [2_000, 1],
    ]);
  });

  it('passes a sparse series through as it is', () => {
    const buffer = new SeriesBuffer();
    for (const time of [1_000, 50_000, 90_000]) buffer.put(time, time);
    expect(given(new Envelope(), buffer, 0, 1_000)).toEqual([
      [1_000, 1_000],
      [50_000, 50_000],
      [90_000, 90_000],
    ]);
  });

  it('shows a late reading', () => {
    const buffer = new SeriesBuffer();
    for (const time of [1_000, 2_000, 9_000]) buffer.put(time, 1);
    const envelope = new Envelope();
    envelope.points(buffer, 0, 1_000);
    buffer.put(5_000, 77);
    expect(given(envelope, buffer, 0, 1_000)).toContainEqual([5_000, 77]);
  });

  it('is, step by step, what it would be if made anew', () => {
    const step = fc.record({
      gap: fc.integer({ min: 1, max: 3_000 }),
      value: fc.integer({ min: -50, max: 50 }),
      late: fc.boolean(),
    });
    fc.assert(
      fc.property(fc.array(step, { maxLength: 300 }), fc.constantFrom(1_000, 4_000), (steps, stretchUs) => {
        const buffer = new SeriesBuffer(200);
        const envelope = new Envelope();
        let now = 1_000_000;
        for (const { gap, value, late } of steps) {
          now += gap;
          buffer.put(late ? now - 50_000 - gap : now, value);
          const fromUs = now - 60_000;
          const points = given(envelope, buffer, fromUs, stretchUs).filter(
            ([time]) => time >= fromUs + stretchUs,
          );
          const anew = expected(buffer, fromUs, stretchUs).filter(([time]) => time >= fromUs + stretchUs);
          expect(points).toEqual(anew);
        }
      }),
      { numRuns: 60 },
    );
  });

  it('stays as small as its window while time goes on', () => {
    const buffer = new SeriesBuffer(500);
    const envelope = new Envelope();
    for (let index = 0; index < 30_000; index++) {
      buffer.put(index * 1_000, index % 7);
      if (index % 10 === 0) envelope.points(buffer, (index - 100) * 1_000, 500);
    }
    const points = given(envelope, buffer, 29_900_000, 500);
    expect(points).toEqual(expected(buffer, 29_900_000, 500));
  });
});
