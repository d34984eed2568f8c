import { describe, expect, it } from 'vitest';
import type { Entropy } from '@weir/runtime';
import { ManualTime } from './manual-time.testing.js';
import { Retry } from './retry.js';

/** Always draws the longest pause. */
const LONGEST: Entropy = { unit: () => 1 - 2 ** -53, integer: (_min, max) => max - 1 };

function pauses(retry: Retry, time: ManualTime, count: number): number[] {
  return Array.from({ length: count }, () => {
    const from = time.monotonicUs();
    let ranAt = -1;
    retry.schedule(() => (ranAt = time.monotonicUs()));
    time.advance(60_000);
    return Math.round((ranAt - from) / 1000);
  });
}

describe('retry', () => {
  it('doubles the bound of its pauses up to the cap', () => {
    const time = new ManualTime();
    const retry = new Retry(5000, { clock: time, timers: time, entropy: LONGEST });
    expect(pauses(retry, time, 7)).toEqual([249, 499, 999, 1999, 3999, 4999, 4999]);
  });

  it('begins anew after what worked for a while, not after what failed at once', () => {
    const time = new ManualTime();
    const retry = new Retry(5000, { clock: time, timers: time, entropy: LONGEST });
    pauses(retry, time, 4);
    retry.working();
    time.advance(10);
    expect(pauses(retry, time, 1)).toEqual([3999]);
    retry.working();
    time.advance(5000);
    expect(pauses(retry, time, 1)).toEqual([249]);
  });

  it('never runs at once, and not at all when cancelled', () => {
    const time = new ManualTime();
    const retry = new Retry(5000, {
      clock: time,
      timers: time,
      entropy: { unit: () => 0, integer: (min) => min },
    });
    expect(pauses(retry, time, 2)).toEqual([20, 20]);
    let runs = 0;
    retry.schedule(() => runs++);
    retry.schedule(() => runs++);
    expect(time.waiting).toBe(1);
    retry.cancel();
    time.advance(60_000);
    expect(runs).toBe(0);
  });
});
