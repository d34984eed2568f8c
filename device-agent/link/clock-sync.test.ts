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

/** Both clocks of a world in which the device's runs by `ppm` too fast. */
class World {
  ppm = 0;
  monotonicUs = 10;
  utcUs = 10 + OFFSET_US;

  /** So much time by the hub's clock. */
  pass(us: number): void {
    this.utcUs += us;
    this.monotonicUs += us * (1 + this.ppm * 1e-6);
  }
}

describe('ClockSync', () => {
  it('knows nothing before the first answer', () => {
    expect(new ClockSync().anchor(0)).toBeNull();
  });

  it('is exact where both ways are equal', () => {
    const sync = new ClockSync();
    exchange(sync, 1_000, 500, 300, 500);
    expect(sync.anchor(2_300)).toEqual({ monotonicUs: 2_300, utcUs: 2_300 + OFFSET_US, uncertaintyUs: 501 });
  });

  it('is never further off than it says, however unequal the ways and however the crystal drifts', () => {
    const us = fc.nat(2_000_000);
    const ppm = fc.integer({ min: -99, max: 99 });
    fc.assert(
      fc.property(fc.array(fc.tuple(us, us, us, us, ppm), { minLength: 1, maxLength: 40 }), (exchanges) => {
        const sync = new ClockSync();
        const world = new World();
        for (const [waitUs, outUs, heldUs, backUs, ppmNow] of exchanges) {
          world.ppm = ppmNow;
          world.pass(waitUs * 20);
          const sentUs = world.monotonicUs;
          sync.sent(sentUs);
          world.pass(outUs);
          const receivedUtcUs = world.utcUs;
          world.pass(heldUs);
          const answeredUtcUs = world.utcUs;
          world.pass(backUs);
          sync.answered({ sentUs, receivedUtcUs, answeredUtcUs }, world.monotonicUs);
          const anchor = sync.anchor(world.monotonicUs);
          // To a device whose clock is slow the hub may seem to have held the probe for longer than it was away.
          if (anchor === null) continue;
          const offUs = anchor.utcUs - anchor.monotonicUs - (world.utcUs - world.monotonicUs);
          expect(Math.abs(offUs)).toBeLessThanOrEqual(anchor.uncertaintyUs + 1);
        }
      }),
    );
  });

  it.each([3_600e6, -3_600e6, 50_000])('forgets what it knew when a clock steps by %d us', (stepUs) => {
    const sync = new ClockSync();
    for (let at = 0; at < 5; at++) exchange(sync, at * 20e6, 100, 0, 100);
    const sentUs = 100e6;
    sync.sent(sentUs);
    const utcUs = sentUs + 4_000 + OFFSET_US + stepUs;
    sync.answered({ sentUs, receivedUtcUs: utcUs, answeredUtcUs: utcUs }, sentUs + 8_000);
    const anchor = sync.anchor(sentUs + 8_000)!;
    expect(anchor.utcUs - anchor.monotonicUs).toBe(OFFSET_US + stepUs);
  });

  it('prefers the shortest round trip, until drift makes a younger one better', () => {
    const sync = new ClockSync();
    exchange(sync, 0, 100, 0, 100);
    exchange(sync, 1_000_000, 5_000, 0, 5_000);
    // 100 ppm of a second are 100 us.
    expect(sync.anchor(1_010_000)!.uncertaintyUs).toBeLessThan(250);
    // 100 ppm of 60 s are 6 ms, more than the 5 ms of the other.
    exchange(sync, 60_000_000, 5_000, 0, 5_000);
    expect(sync.anchor(60_010_000)!.uncertaintyUs).toBe(5_001);
  });

  it('uses no exchange of more than three minutes ago, however good', () => {
    const sync = new ClockSync();
    exchange(sync, 0, 100, 0, 100);
    exchange(sync, 170e6, 90_000, 0, 90_000);
    expect(sync.anchor(171e6)!.uncertaintyUs).toBeLessThan(20_000);
    exchange(sync, 180e6, 90_000, 0, 90_000);
    expect(sync.anchor(181e6)!.uncertaintyUs).toBeGreaterThan(90_000);
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
