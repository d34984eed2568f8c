import { describe, expect, it } from 'vitest';
import { fullJitter } from './backoff.js';
import { seededEntropy, systemEntropy } from './entropy.js';

describe('entropy', () => {
  it('repeats itself from the same seed and differs from another', () => {
    const draw = (seed: number) => {
      const entropy = seededEntropy(seed);
      return Array.from({ length: 8 }, () => entropy.integer(0, 1e9));
    };
    expect(draw(7)).toEqual(draw(7));
    expect(draw(7)).not.toEqual(draw(8));
  });

  it.each([
    ['system', systemEntropy],
    ['seeded', seededEntropy(1)],
  ])('%s: stays in range, over spans past 2^48 too', (_name, entropy) => {
    for (let i = 0; i < 1000; i++) {
      const big = entropy.integer(2 ** 32, 2 ** 53);
      expect(Number.isSafeInteger(big) && big >= 2 ** 32 && big < 2 ** 53).toBe(true);
      const unit = entropy.unit();
      expect(unit >= 0 && unit < 1).toBe(true);
    }
  });

  it('spreads seeded numbers evenly over ten bins', () => {
    const entropy = seededEntropy(3);
    const bins = new Array<number>(10).fill(0);
    for (let i = 0; i < 100_000; i++) bins[Math.floor(entropy.unit() * 10)]! += 1;
    for (const count of bins) expect(Math.abs(count - 10_000)).toBeLessThan(500);
  });
});

describe('fullJitter', () => {
  it('lies between zero and the exponential bound, and never over the cap', () => {
    const entropy = seededEntropy(5);
    for (let attempt = 0; attempt < 60; attempt++) {
      const delay = fullJitter(attempt, { baseMs: 100, capMs: 5_000 }, entropy);
      expect(delay).toBeGreaterThanOrEqual(0);
      expect(delay).toBeLessThan(Math.min(5_000, 100 * 2 ** attempt));
    }
  });
});
