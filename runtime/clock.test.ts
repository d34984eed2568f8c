import { expect, it } from 'vitest';
import { bootId, systemClock } from './clock.js';

it('counts whole microseconds that never go back, and follows the system clock', () => {
  let last = 0;
  for (let i = 0; i < 1000; i++) {
    const now = systemClock.monotonicUs();
    expect(Number.isInteger(now)).toBe(true);
    expect(now).toBeGreaterThanOrEqual(last);
    last = now;
  }
  expect(Number.isInteger(systemClock.utcUs())).toBe(true);
  const before = Date.now();
  const nowMs = systemClock.utcUs() / 1000;
  expect(nowMs).toBeGreaterThan(before - 3);
  expect(nowMs).toBeLessThan(Date.now() + 4);
});

it('keeps one boot id', () => {
  expect(bootId()).toMatch(/^[0-9a-f-]{36}$/);
  expect(bootId()).toBe(bootId());
});
