import { describe, expect, it } from 'vitest';
import { bytes, count, duration, few, time } from './words.js';

describe('words', () => {
  it.each([
    [-5, '0 us'],
    [999, '999 us'],
    [1_234, '1.2 ms'],
    [400_000, '0.4 s'],
    [9.94e6, '9.9 s'],
    [59.9e6, '59 s'],
    [60e6, '1 min'],
    [192e6, '3 min 12 s'],
    [7_260e6, '2 h 1 min'],
    [90_000e6, '1 d 1 h'],
    [400 * 86_400e6, '400 d'],
  ])('%d us is %s', (us, text) => {
    expect(duration(us)).toBe(text);
  });

  it('counts, sizes, times, lists', () => {
    expect([count(1, 'frame'), count(12_400.4, 'frame')]).toEqual(['1 frame', '12,400 frames']);
    expect([bytes(999), bytes(35_000), bytes(3.2e6), bytes(4.5e9)]).toEqual([
      '999 B',
      '35 kB',
      '3.2 MB',
      '4.5 GB',
    ]);
    expect([time(0), time(Infinity)]).toEqual(['1970-01-01 00:00:00Z', 'an unknown time']);
    expect([few(['a', 'b']), few(['a', 'b', 'c'], 1)]).toEqual(['a, b', 'a and 2 more']);
  });
});
