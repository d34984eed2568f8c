import { describe, expect, it } from 'vitest';
import {
  decimalsOf,
  printedBytes,
  printedCount,
  printedDuration,
  printedRate,
  printedUncertainty,
  printedUnit,
  printedValue,
} from './format.js';
import { axisLabel, niceRange, rangeLabels } from './nice-range.js';
import { freshness, gapMs } from './staleness.js';

describe('values', () => {
  it.each([
    [21.57, 2],
    [21.5, 1],
    [-3, 0],
    [0.1 + 0.2, 1],
    [1 / 3, 4],
    [4_200_000.25, 2],
  ])('%d has %d decimals', (value, decimals) => expect(decimalsOf(value)).toBe(decimals));

  it.each([
    [21.5, 2, '21.50'],
    [-0.25, 2, '−0.25'],
    [1_204, 0, '1204'],
    [412_000_000, 0, '412\u202f000\u202f000'],
    [1_013.254, 3, '1013.25'],
    [6.02e23, 0, '6.020e+23'],
    [0.00001, 4, '1.000e-5'],
    [0, 1, '0.0'],
    [NaN, 1, '–'],
  ])('%d with %d decimals is printed as %s', (value, decimals, printed) =>
    expect(printedValue(value, decimals)).toBe(printed),
  );

  it('have units as in print', () => {
    expect(['Cel', '%RH', 'W', 'count'].map(printedUnit)).toEqual(['°C', '% RH', 'W', '']);
  });
});

describe('figures', () => {
  it('have as many digits as count', () => {
    expect([999, 12_040, 1.25e6, 3.4e9].map(printedCount)).toEqual([
      '999',
      '12\u202f040',
      '1.25\u202fM',
      '3.40\u202fG',
    ]);
    expect([null, 0, 0.34, 42.4].map(printedRate)).toEqual(['–', '0', '0.3', '42']);
    expect([0, 999, 999_600, 4.2e6].map(printedBytes)).toEqual([
      '0\u202fB',
      '999\u202fB',
      '1.0\u202fMB',
      '4.2\u202fMB',
    ]);
    expect([400, 12_000, 200_000, 7.2e6, 3e8].map(printedDuration)).toEqual([
      '0.4\u202fs',
      '12\u202fs',
      '3\u202fmin',
      '2\u202fh',
      '3\u202fd',
    ]);
    expect([420, 4_200, 42_000, 34e6].map(printedUncertainty)).toEqual([
      '±0.42\u202fms',
      '±4.2\u202fms',
      '±42\u202fms',
      '±34\u202fs',
    ]);
  });
});

describe('the value axis', () => {
  it.each([
    [20.1, 21.9, 2],
    [-5, 5, 0],
    [3, 3, 0],
    [1e9, 1e9 + 1, 0],
    [0.0001, 0.0002, 4],
  ])('of %d to %d holds them on round numbers', (min, max, decimals) => {
    const range = niceRange(min, max, decimals);
    expect(range.low).toBeLessThanOrEqual(min);
    expect(range.high).toBeGreaterThanOrEqual(max);
    expect(range.high - range.low).toBeLessThan(Math.max(max - min, 10 ** -decimals) * 8);
    const labels = rangeLabels(range);
    expect(labels.length).toBeGreaterThanOrEqual(2);
    expect(labels.length).toBeLessThanOrEqual(6);
  });

  it('does not blow up the last digit of a steady value', () => {
    const { low, high } = niceRange(21.57, 21.58, 2);
    expect(high - low).toBeGreaterThanOrEqual(0.04);
  });

  it.each([
    [1_500, 500, '1500'],
    [21.5, 0.5, '21.5'],
    [-0.04, 0.02, '−0.04'],
    [101_380, 20, '101380'],
    [412_000_000, 2_000_000, '412M'],
    [1_000_000.5, 0.5, '1.0e+6'],
    [0.00002, 0.00001, '2.0e-5'],
    [0, 1e-9, '0.0e+0'],
  ])('labels %d, a step of %d apart, as %s', (value, step, label) =>
    expect(axisLabel(value, step)).toBe(label),
  );

  it('stands when there is nothing to show', () => {
    expect(niceRange(Infinity, -Infinity, 0)).toEqual({ low: 0, high: 1, step: 0.5 });
  });
});

describe('freshness', () => {
  const at = (intervalMs: number | null) => ({ timeUs: 100_000_000, intervalMs });

  it('ends after three missed intervals, and never sooner than five seconds', () => {
    expect(freshness(at(100), 'online', 104_900)).toEqual({ stale: false, ageMs: 4_900 });
    expect(freshness(at(100), 'online', 105_100)).toEqual({ stale: true, ageMs: 5_100 });
    expect(freshness(at(60_000), 'online', 200_000).stale).toBe(false);
    expect(freshness(at(60_000), 'online', 281_000).stale).toBe(true);
  });

  it('of a channel without a pace is that of its device', () => {
    expect(freshness(at(null), 'online', 9e9).stale).toBe(false);
    expect(freshness(at(null), 'offline', 100_001).stale).toBe(true);
  });

  it('never counts an age below zero', () => {
    expect(freshness(at(1_000), 'online', 99_000)).toEqual({ stale: false, ageMs: 0 });
  });

  it('breaks a line only where a pace is known', () => {
    expect([null, 100, 10_000].map(gapMs)).toEqual([null, 1_000, 30_000]);
  });
});
