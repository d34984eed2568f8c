import { describe, expect, it } from 'vitest';
import { axisFor } from './axis.js';

const log = { label: 'ms', kind: 'log' } as const;
const linear = { label: 'bytes', kind: 'linear' } as const;
const texts = (axis: ReturnType<typeof axisFor>): string[] => axis.ticks.map(({ text }) => text);

describe('an axis', () => {
  it('has 1, 2 and 5 of every power of ten while they are few', () => {
    expect(texts(axisFor(log, [0.2, 7]))).toEqual(['0.2', '0.5', '1', '2', '5', '10']);
    expect(texts(axisFor(log, [0.2, 150]))).toEqual(['0.3', '1', '3', '10', '30', '100']);
    expect(texts(axisFor(log, [1e-6, 1e5]))).toHaveLength(6);
  });

  it('has room for its values, and places them in order', () => {
    const axis = axisFor(log, [0.23, 4.5, 871]);
    const places = [0.23, 4.5, 871].map(axis.at);
    expect(places).toEqual([...places].sort((a, b) => Number(a) - Number(b)));
    for (const place of places) expect(place).toBeGreaterThanOrEqual(0);
    for (const place of places) expect(place).toBeLessThanOrEqual(1);
    expect(axis.at(axis.ticks.length)).not.toBeNull();
  });

  it('starts at 0 when it is linear', () => {
    expect(axisFor(linear, [165, 3210]).at(0)).toBe(0);
    expect(texts(axisFor(linear, [165, 3210]))[0]).toBe('0');
  });

  it('leaves out ticks whose texts would touch', () => {
    const wide = axisFor(linear, [0, 3_000], 400);
    const narrow = axisFor(linear, [0, 3_000], 80);
    expect(narrow.ticks.length).toBeLessThan(wide.ticks.length);
    expect(narrow.ticks.length).toBeGreaterThan(1);
  });

  it.each([[[]], [[0]], [[5]], [[NaN, -1, Infinity]]])('is one of %j, too', (values) => {
    for (const spec of [log, linear]) {
      const { ticks } = axisFor(spec, values);
      expect(ticks.length).toBeGreaterThan(0);
      for (const { at } of ticks) expect(Number.isFinite(at)).toBe(true);
    }
  });

  it('has no place for what is none', () => {
    const axis = axisFor(log, [1, 10]);
    expect([0, -1, NaN, null, undefined].map(axis.at)).toEqual([null, null, null, null, null]);
  });
});
