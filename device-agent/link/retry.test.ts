import { CloseCode } from '@weir/protocol';
import { seededEntropy } from '@weir/runtime';
import { describe, expect, it } from 'vitest';
import { asksTooMuch, needsAPerson, retryDelayMs, type ConnectionEnd } from './retry.js';

function delays(end: ConnectionEnd, attempt: number): { min: number; max: number } {
  const entropy = seededEntropy(7);
  const all = Array.from({ length: 2_000 }, () => retryDelayMs(end, attempt, entropy));
  return { min: Math.min(...all), max: Math.max(...all) };
}

const unreachable: ConnectionEnd = { how: 'unreachable', message: '' };
const refused = (status: number, retryAfterMs: number | null, isTurn = false): ConnectionEnd => ({
  how: 'refused',
  status,
  retryAfterMs,
  message: '',
  isTurn,
});
const goodbye = (retryAfterMs: number): ConnectionEnd => ({
  how: 'goodbye',
  code: CloseCode.serviceRestart,
  retryAfterMs,
  message: '',
});
const closed = (code: number): ConnectionEnd => ({ how: 'closed', code, message: '' });

describe('retryDelayMs', () => {
  it.each([
    [0, 500],
    [1, 1_000],
    [4, 8_000],
    [7, 30_000],
    [40, 30_000],
  ])('attempt %i is spread from 0 to %i ms', (attempt, bound) => {
    const { min, max } = delays(unreachable, attempt);
    expect(min).toBeLessThan(bound * 0.02);
    expect(max).toBeGreaterThan(bound * 0.98);
    expect(max).toBeLessThanOrEqual(bound);
  });

  it('spreads Retry-After a little, never below it, and bounds it', () => {
    const { min, max } = delays(refused(503, 10_000), 3);
    expect(min).toBeGreaterThanOrEqual(10_000);
    expect(max).toBeLessThanOrEqual(12_000);
    expect(delays(refused(429, 1e12), 0).max).toBeLessThanOrEqual(4_320_000);
  });

  it('asks rarely where a person has to act', () => {
    const ends = [
      refused(401, 5),
      refused(403, null),
      closed(CloseCode.replaced),
      closed(CloseCode.unauthorized),
    ];
    for (const end of ends) {
      expect(needsAPerson(end)).toBe(true);
      expect(delays(end, 0).min).toBeGreaterThanOrEqual(30_000);
      expect(delays(end, 0).max).toBeLessThanOrEqual(90_000);
    }
    expect(needsAPerson(closed(CloseCode.serviceRestart))).toBe(false);
  });

  it('obeys a goodbye and a turn to the millisecond, and renews at once', () => {
    expect(delays(goodbye(1_234), 9)).toEqual({ min: 1_234, max: 1_234 });
    expect(delays(refused(503, 1_234, true), 9)).toEqual({ min: 1_234, max: 1_234 });
    expect(delays(refused(503, 2, true), 9)).toEqual({ min: 250, max: 250 });
    expect(delays({ how: 'renewal', message: '' }, 9)).toEqual({ min: 0, max: 0 });
  });

  it('takes its time with a hub that says to come at once, again and again', () => {
    expect(delays(goodbye(0), 0).max).toBeLessThanOrEqual(500);
    expect(delays(goodbye(0), 7).max).toBeGreaterThan(20_000);
  });

  it('bounds what a hub asks for, and knows that it did', () => {
    expect(delays(goodbye(2 ** 52), 0)).toEqual({ min: 3_600_000, max: 3_600_000 });
    expect(delays(refused(503, 2 ** 52, true), 0).max).toBe(3_600_000);
    expect(asksTooMuch(goodbye(3_600_000))).toBe(false);
    for (const end of [goodbye(3_600_001), refused(429, 1e12), refused(503, 1e12, true)])
      expect(asksTooMuch(end)).toBe(true);
    expect(asksTooMuch(unreachable)).toBe(false);
  });
});
