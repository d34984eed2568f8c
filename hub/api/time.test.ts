import { describe, expect, it } from 'vitest';
import { durationText, timeUsOf } from './time.js';

const NOW_US = 1_790_000_000e6;
const START_US = Date.UTC(2026, 0, 1) * 1000;

describe('a point in time', () => {
  it.each([
    ['now', NOW_US],
    ['-90s', NOW_US - 90e6],
    ['-1h', NOW_US - 3600e6],
    ['-1.5d', NOW_US - 1.5 * 86_400e6],
    ['1767225600000001', 1_767_225_600_000_001],
    ['0', 0],
    ['2026-01-01T00:00:00Z', START_US],
    ['2026-01-01t01:30:00+01:30', START_US],
    ['2025-12-31 19:00:00-05:00', START_US],
    ['2026-01-01T00:00:00.5Z', START_US + 500_000],
    ['2026-01-01T00:00:00.000001Z', START_US + 1],
    ['2026-01-01T00:00:00.123456789Z', START_US + 123_456],
  ])('%s', (text, us) => {
    expect(timeUsOf(text, NOW_US)).toBe(us);
  });

  it.each([
    '',
    'yesterday',
    '-',
    '-5',
    '-1y',
    '2026-01-01',
    '2026-13-01T00:00:00Z',
    '2026-01-01T00:00:00',
    '99999999999999999',
    '1e6',
  ])('is not %j', (text) => {
    expect(timeUsOf(text, NOW_US)).toBeNull();
  });
});

describe('durationText', () => {
  it('takes a duration with its unit, and no bare number', () => {
    expect(['30s', '250ms', '0'].map((text) => durationText.parse(text))).toEqual([30_000, 250, 0]);
    for (const text of ['30', '1e3', '', '5 parsecs'])
      expect(durationText.safeParse(text).success).toBe(false);
  });
});
