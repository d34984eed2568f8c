import { describe, expect, it } from 'vitest';
import { SampledChannel } from './channel.js';
import { KEEP_ALL, type SamplingRule } from './rules.js';

const SECOND = 1_000_000;

function channel(
  rule: Partial<SamplingRule>,
  type: 'number' | 'boolean' | 'text' = 'number',
): SampledChannel {
  return new SampledChannel({ index: 0, name: 'a/b', type, unit: '' }, { ...KEEP_ALL, ...rule }, null);
}

/** The times (us) at which one reading per `everyUs` is kept, of `count`. */
function keptTimes(of: SampledChannel, count: number, timeOf: (i: number) => number): number[] {
  return Array.from({ length: count }, (_, i) => of.keep(i, timeOf(i))).filter((timeUs) => timeUs >= 0);
}

describe('interval', () => {
  it('keeps everything without a rule', () => {
    expect(keptTimes(channel({}), 5, (i) => 10 + i)).toEqual([10, 11, 12, 13, 14]);
  });

  it('keeps the first reading and then one per interval', () => {
    const times = keptTimes(channel({ intervalMs: 1000 }), 51, (i) => i * SECOND * 0.1);
    expect(times.length).toBeGreaterThanOrEqual(6);
    expect(times.length).toBeLessThanOrEqual(7);
    expect(times[0]).toBe(0);
  });

  it('loses nothing of a sensor that ticks at the interval with jitter', () => {
    const jitter = [0, 90_000, -80_000, 100_000, -100_000, 30_000, -60_000, 0];
    const at = (i: number): number => SECOND + i * SECOND + (jitter[i % jitter.length] ?? 0);
    expect(keptTimes(channel({ intervalMs: 1000 }), 100, at)).toHaveLength(100);
  });

  it('never keeps more than the interval allows in the long run, whatever the rate', () => {
    for (const everyUs of [1000, 33_000, 250_000, 760_000, 999_000]) {
      const count = Math.floor((100 * SECOND) / everyUs);
      expect(keptTimes(channel({ intervalMs: 1000 }), count, (i) => i * everyUs).length).toBeLessThanOrEqual(
        102,
      );
    }
  });

  it('starts its schedule anew after a silence', () => {
    const sampled = channel({ intervalMs: 1000 });
    expect(sampled.keep(1, 0)).toBe(0);
    expect(sampled.keep(2, 60 * SECOND)).toBe(60 * SECOND);
    expect(sampled.keep(3, 60.1 * SECOND)).toBe(-1);
    expect(sampled.keep(4, 61 * SECOND)).toBe(61 * SECOND);
  });
});

describe('deadband', () => {
  it('keeps a number that leaves the band around the last kept one', () => {
    const sampled = channel({ deadband: 0.5 });
    const kept = [20, 20.4, 20.5, 20.6, 20.2, 20.1, 20].map((value, i) => sampled.keep(value, i) >= 0);
    expect(kept).toEqual([true, false, false, true, false, false, true]);
  });

  it('at 0 keeps changes alone', () => {
    const sampled = channel({ deadband: 0 });
    expect([7, 7, 8, 8, 7].map((value, i) => sampled.keep(value, i) >= 0)).toEqual([
      true,
      false,
      true,
      false,
      true,
    ]);
  });

  it('is relative when given in percent, and the greater of both', () => {
    const relative = channel({ deadbandPercent: 10 });
    expect([100, 109, 111, 101, 99].map((value, i) => relative.keep(value, i) >= 0)).toEqual([
      true,
      false,
      true,
      false,
      true,
    ]);
    const both = channel({ deadbandPercent: 10, deadband: 2 });
    expect([10, 11.5, 12.5].map((value, i) => both.keep(value, i) >= 0)).toEqual([true, false, true]);
  });

  it('lets a reading through when the heartbeat is due, and never makes one up', () => {
    const sampled = channel({ deadband: 5, heartbeatMs: 10_000 });
    const kept = keptTimes(sampled, 31, (i) => i * SECOND).map((us) => us / SECOND);
    expect(kept).toEqual([0, 6, 12, 18, 24, 30]);
    const still = channel({ deadband: 5, heartbeatMs: 10_000 });
    const seconds = Array.from({ length: 31 }, (_, i) => i).filter((i) => still.keep(20, i * SECOND) >= 0);
    expect(seconds).toEqual([0, 10, 20, 30]);
  });
});

describe('booleans and texts', () => {
  it('keep every change in spite of interval and deadband, and thin out repetitions', () => {
    const sampled = channel({ intervalMs: 1000, deadband: 0, heartbeatMs: 5000 }, 'boolean');
    const values = [true, true, false, true, true, false, false];
    expect(values.map((value, i) => sampled.keep(value, i * 1000) >= 0)).toEqual([
      true,
      false,
      true,
      true,
      false,
      true,
      false,
    ]);
  });
});

describe('times', () => {
  it('rise strictly: equal and earlier ones move to 1 us after the last kept', () => {
    const sampled = channel({});
    expect([5, 5, 5, 3, 9].map((us, i) => sampled.keep(i, us))).toEqual([5, 6, 7, 8, 9]);
  });

  it('may begin at 0', () => {
    const sampled = channel({});
    expect([sampled.keep(1, 0), sampled.keep(2, 0)]).toEqual([0, 1]);
  });
});

describe('describe', () => {
  it('tells the interval that may be expected', () => {
    const expected = (rule: Partial<SamplingRule>, paceMs: number | null = null): number | null =>
      new SampledChannel(
        { index: 0, name: 'a/b', type: 'number', unit: '' },
        { ...KEEP_ALL, ...rule },
        paceMs,
      ).describe().intervalMs;
    expect(expected({})).toBeNull();
    expect(expected({ intervalMs: 500 })).toBe(500);
    expect(expected({}, 10_000)).toBe(10_000);
    expect(expected({ intervalMs: 60_000 }, 10_000)).toBe(60_000);
    expect(expected({ deadband: 1, heartbeatMs: 30_000, intervalMs: 500 })).toBe(30_000);
    expect(expected({ deadband: 1 })).toBeNull();
  });
});
