import { CloseCode } from '@weir/protocol';
import { seededEntropy } from '@weir/runtime';
import { describe, expect, it } from 'vitest';
import { needsAPerson, retryDelayMs, type ConnectionEnd } from './retry.js';

function delays(end: ConnectionEnd, attempt: number): { min: number; max: number } {
  const entropy = seededEntropy(7);
  const all = Array.from({ length: 2_000 }, () => retryDelayMs(end, attempt, entropy));
  return { min: Math.min(...all), max: Math.max(...all) };
}

const unreachable: ConnectionEnd = { how: 'unreachable', message: '' };
const refused = (status: number, retryAfterMs: number | null): ConnectionEnd => ({
  how: 'refused',
  status,
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

  it('obeys a goodbye to the millisecond, and renews at once', () => {
    const code = CloseCode.serviceRestart;
    expect(delays({ how: 'goodbye', code, retryAfterMs: 1_234, message: '' }, 9)).toEqual({
      min: 1_234,
      max: 1_234,
    });
    expect(delays({ how: 'renewal', message: '' }, 9)).toEqual({ min: 0, max: 0 });
  });
});
