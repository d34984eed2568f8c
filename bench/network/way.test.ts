import { describe, expect, it } from 'vitest';
import type { Impairment } from './impairments.js';
import { Way, waysOf } from './way.js';
import { NETWORKS } from './profiles.js';

const PLAIN: Impairment = { delayMs: 10, jitterMs: 0, bitsPerS: null, lossRatio: 0 };
const COUNT = 20_000;

const way = (impairment: Partial<Impairment>, seed = 1): Way =>
  new Way({ ...PLAIN, ...impairment }, 20, seed);

/** Arrivals of packets that are handed in a second apart, ms after that. */
function delays(subject: Way, count = COUNT): (number | null)[] {
  return Array.from({ length: count }, (_, at) => {
    const arrivalUs = subject.arrivalUs(at * 1e6, 100);
    return arrivalUs === null ? null : (arrivalUs - at * 1e6) / 1000;
  });
}

describe('a way', () => {
  it('takes its delay for every packet', () => {
    expect(new Set(delays(way({}), 100))).toEqual(new Set([10]));
  });

  it('varies around its delay, by so much, within three deviations', () => {
    const found = delays(way({ delayMs: 35, jitterMs: 5 })).map(Number);
    const mean = found.reduce((sum, ms) => sum + ms, 0) / COUNT;
    const deviation = Math.sqrt(found.reduce((sum, ms) => sum + (ms - mean) ** 2, 0) / COUNT);
    expect(mean).toBeCloseTo(35, 0);
    // A normal distribution cut at three deviations has 0.987 of its deviation.
    expect(deviation).toBeGreaterThan(4.8);
    expect(deviation).toBeLessThan(5.1);
    expect(Math.min(...found)).toBeGreaterThanOrEqual(20);
    expect(Math.max(...found)).toBeLessThanOrEqual(50);
  });

  it('never takes less than nothing, and keeps its mean, when it varies by more than its delay', () => {
    const found = delays(way({ delayMs: 2, jitterMs: 10 })).map(Number);
    expect(Math.min(...found)).toBeGreaterThanOrEqual(0);
    expect(found.reduce((sum, ms) => sum + ms, 0) / COUNT).toBeCloseTo(2, 1);
  });

  it('loses its share, the same packets for the same seed', () => {
    const lost = (seed: number): number[] =>
      delays(way({ lossRatio: 0.02 }, seed)).flatMap((ms, at) => (ms === null ? [at] : []));
    // Four standard deviations of a binomial distribution.
    expect(Math.abs(lost(1).length / COUNT - 0.02)).toBeLessThan(0.004);
    expect(lost(1)).toEqual(lost(1));
    expect(lost(2)).not.toEqual(lost(1));
  });

  it('sends one packet after the other at its rate', () => {
    const subject = way({ bitsPerS: 1e6 });
    // 1,250 bytes are 10 ms.
    expect([0, 0, 5_000, 100_000].map((atUs) => subject.arrivalUs(atUs, 1_250))).toEqual([
      20_000, 30_000, 40_000, 120_000,
    ]);
  });

  it('lets go of what finds its queue full, and takes more when there is room', () => {
    const subject = way({ bitsPerS: 12e6 });
    // A packet of 1,500 bytes is 1 ms; there is room for 50.
    const arrivals = Array.from({ length: 60 }, () => subject.arrivalUs(0, 1_500));
    expect(arrivals.filter((arrival) => arrival !== null)).toHaveLength(51);
    expect(arrivals.at(-1)).toBeNull();
    expect(subject.arrivalUs(10_000, 1_500)).toBe(62_000);
  });

  it('queues a round trip of packets where that is more than fifty', () => {
    const subject = new Way({ ...PLAIN, bitsPerS: 12e6 }, 600, 1);
    const arrivals = Array.from({ length: 1_000 }, () => subject.arrivalUs(0, 1_500));
    expect(arrivals.filter((arrival) => arrival !== null)).toHaveLength(601);
  });

  it('has chances of its own beside the way back', () => {
    const ways = waysOf(NETWORKS['4g'], 5);
    expect(delays(ways.up, 10)).not.toEqual(delays(ways.down, 10));
  });
});

describe('the networks', () => {
  it('are named as they are called, lose less than all, and say where they are from', () => {
    for (const [name, network] of Object.entries(NETWORKS)) {
      expect(network.name).toBe(name);
      expect(network.source).toMatch(/Delay.*: .+/);
      for (const { lossRatio, delayMs, jitterMs } of [network.up, network.down]) {
        expect(lossRatio).toBeLessThan(0.05);
        expect(jitterMs).toBeLessThanOrEqual(delayMs);
      }
    }
  });
});
