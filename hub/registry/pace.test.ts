import { describe, expect, it } from 'vitest';
import { Pace } from './pace.js';

/** `perSecond` amounts of 1 spread over `seconds`, from `startUs` on. Returns the time reached. */
function run(pace: Pace, perSecond: number, seconds: number, startUs = 0): number {
  const end = startUs + seconds * 1e6;
  for (let atUs = startUs; atUs < end; atUs += 1e6 / perSecond) pace.add(1, atUs);
  return end;
}

describe('Pace', () => {
  it('knows nothing at first', () => {
    expect(new Pace().perSecond(5e6)).toBe(0);
  });

  it.each([
    [1, 3],
    [100, 2],
    [100, 60],
    [2_000, 20],
  ])('finds %d a second after %d s', (perSecond, seconds) => {
    const pace = new Pace();
    const endUs = run(pace, perSecond, seconds);
    expect(pace.perSecond(endUs)).toBeGreaterThan(0.9 * perSecond);
    expect(pace.perSecond(endUs)).toBeLessThan(1.25 * perSecond);
  });

  it('follows a change and forgets what was', () => {
    const pace = new Pace();
    const slowerUs = run(pace, 1_000, 60);
    const endUs = run(pace, 10, 90, slowerUs);
    expect(pace.perSecond(endUs)).toBeLessThan(15);
    expect(pace.perSecond(endUs + 300e6)).toBeLessThan(0.01);
  });

  it('takes amounts at one time, and a clock that is set back, for what they are', () => {
    const pace = new Pace();
    for (let i = 0; i < 500; i++) pace.add(1, 10e6);
    expect(pace.perSecond(10e6)).toBeCloseTo(500, -2);
    pace.add(500, 2e6);
    expect(pace.perSecond(2e6)).toBeCloseTo(1_000, -2);
  });
});
