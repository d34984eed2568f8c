import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { ClockSync } from './clock-sync.js';

const OFFSET_US = 1_700_000_000_000_000;

/** One exchange over a way out and a way back of these lengths, with a hub that takes `heldUs` to answer. */
function exchange(sync: ClockSync, sentUs: number, outUs: number, heldUs: number, backUs: number): boolean {
  const receivedUtcUs = sentUs + outUs + OFFSET_US;
  sync.sent(sentUs);
  const nowUs = sentUs + outUs + heldUs + backUs;
  return sync.answered({ sentUs, receivedUtcUs, answeredUtcUs: receivedUtcUs + heldUs }, nowUs);
}

describe('ClockSync', () => {
  it('knows nothing before the first answer', () => {
    expect(new ClockSync().anchor(0)).toBeNull();
  });

  it('is exact where both ways are equal', () => {
    const sync = new ClockSync();
    exchange(sync, 1_000, 500, 300, 500);
    expect(sync.anchor(2_300)).toEqual({ monotonicUs: 2_300, utcUs: 2_300 + OFFSET_US, uncertaintyUs: 500 });
  });

  it('is never further off than it says, however unequal the ways', () => {
    const us = fc.nat(2_000_000);
    fc.assert(
      fc.property(fc.array(fc.tuple(us, us, us, us), { minLength: 1, maxLength: 20 }), (exchanges) => {
        const sync = new ClockSync();
        let nowUs = 10;
        for (const [waitUs, outUs, heldUs, backUs] of exchanges) {
          exchange(sync, nowUs + waitUs, outUs, heldUs, backUs);
          nowUs += waitUs + outUs + heldUs + backUs;
        }
        const anchor = sync.anchor(nowUs)!;
        expect(Math.abs(anchor.utcUs - anchor.monotonicUs - OFFSET_US)).toBeLessThanOrEqual(
          anchor.uncertaintyUs,
        );
      }),
    );
  });

  it('prefers the shortest round trip, until drift makes a younger one better', () => {
    const sync = new ClockSync();
    exchange(sync, 0, 100, 0, 100);
    exchange(sync, 1_000_000, 5_000, 0, 5_000);
    expect(sync.anchor(1_010_000)!.monotonicUs).toBe(200);
    // 100 ppm of 60 s are 6 ms, more than the 5 ms of the other.
    exchange(sync, 60_000_000, 5_000, 0, 5_000);
    expect(sync.anchor(60_010_000)!.monotonicUs).toBe(60_010_000);
  });

  it('takes no answer to a probe that was not sent, twice, or that cannot be true', () => {
    const sync = new ClockSync();
    sync.sent(100);
    const reply = { sentUs: 100, receivedUtcUs: OFFSET_US, answeredUtcUs: OFFSET_US };
    expect(sync.answered({ ...reply, sentUs: 99 }, 200)).toBe(false);
    expect(sync.answered({ ...reply, answeredUtcUs: OFFSET_US + 101 }, 200)).toBe(false);
    sync.sent(100);
    expect(sync.answered({ ...reply, answeredUtcUs: OFFSET_US - 1 }, 200)).toBe(false);
    sync.sent(100);
    expect(sync.answered(reply, 200)).toBe(true);
    expect(sync.answered(reply, 200)).toBe(false);
  });
});
