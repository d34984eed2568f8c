import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { HubClock } from './hub-clock.js';

/** What `Date` says: whole seconds. */
const dateOf = (hubMs: number): number => Math.floor(hubMs / 1_000) * 1_000;

describe('HubClock', () => {
  it('falls back until an answer is known', () => {
    const clock = new HubClock();
    expect(clock.known).toBe(false);
    expect(clock.utcMs(5, 1_234)).toBe(1_234);
    clock.answer(NaN, 1, 2);
    expect(clock.known).toBe(false);
  });

  it('always holds the true time within its uncertainty', () => {
    const exchange = fc.record({
      pauseMs: fc.integer({ min: 1, max: 5_000 }),
      outMs: fc.integer({ min: 0, max: 300 }),
      backMs: fc.integer({ min: 0, max: 300 }),
    });
    fc.assert(
      fc.property(
        fc.array(exchange, { minLength: 1, maxLength: 40 }),
        fc.integer({ min: -1e9, max: 1e9 }),
        (exchanges, offset) => {
          const clock = new HubClock();
          let now = 1_000;
          for (const { pauseMs, outMs, backMs } of exchanges) {
            now += pauseMs;
            clock.answer(dateOf(now + outMs + offset), now, now + outMs + backMs);
            now += outMs + backMs;
            expect(Math.abs(clock.utcMs(now, 0) - (now + offset))).toBeLessThanOrEqual(clock.uncertaintyMs);
          }
        },
      ),
    );
  });

  it('closes in on the round trip', () => {
    const clock = new HubClock();
    for (let index = 0; index < 200; index++) {
      const sent = index * 1_037;
      clock.answer(dateOf(sent + 10 + 777_123), sent, sent + 20);
    }
    expect(clock.uncertaintyMs).toBeLessThan(30);
    expect(clock.utcMs(0, 0)).toBeCloseTo(777_123, -2);
  });

  it('starts again when the clock of the hub was set', () => {
    const clock = new HubClock();
    clock.answer(10_000, 0, 10);
    clock.answer(90_000, 1_000, 1_010);
    expect(clock.utcMs(1_010, 0)).toBeGreaterThanOrEqual(90_000);
  });
});
