import { describe, expect, it } from 'vitest';
import { seededEntropy } from '@weir/runtime';
import { estimateOf, ratioOf } from './statistics.js';
import { studentT95 } from './student-t.js';

const runs = (...values: number[]): Map<string, number> =>
  new Map(values.map((value, run) => [String(run), value]));

describe('studentT95', () => {
  it.each([
    [1, 12.7062],
    [2, 4.30265],
    [3, 3.18245],
    [2.5, 3.57465],
    [4, 2.77645],
    [10, 2.22814],
    [30, 2.04227],
    [120, 1.97993],
    [1500, 1.96155],
  ])('has the quantile of tables for %d degrees of freedom', (freedom, quantile) => {
    expect(studentT95(freedom) / quantile).toBeCloseTo(1, 3);
  });

  it('knows none below 1', () => {
    expect(() => studentT95(0.5)).toThrow(RangeError);
    expect(() => studentT95(NaN)).toThrow(RangeError);
  });
});

describe('estimateOf', () => {
  it('gives the interval of a worked example', () => {
    const { mean, ci95, runs } = estimateOf([1, 2, 3]);
    expect({ mean, runs }).toEqual({ mean: 2, runs: 3 });
    expect(ci95[0]).toBeCloseTo(2 - 4.30265 / Math.sqrt(3), 3);
    expect(ci95[1]).toBeCloseTo(2 + 4.30265 / Math.sqrt(3), 3);
  });

  it('has no interval of one run, one without width of equal runs, and nothing of none', () => {
    expect(estimateOf([7])).toEqual({ mean: 7, ci95: [null, null], runs: 1 });
    expect(estimateOf([7, 7, 7])).toEqual({ mean: 7, ci95: [7, 7], runs: 3 });
    expect(estimateOf([])).toEqual({ mean: 0, ci95: [null, null], runs: 0 });
  });

  it('holds the true mean in about 95 of 100 experiments of three runs', () => {
    const entropy = seededEntropy(11);
    const normal = (): number =>
      Math.sqrt(-2 * Math.log(1 - entropy.unit())) * Math.cos(2 * Math.PI * entropy.unit());
    let held = 0;
    for (let experiment = 0; experiment < 4000; experiment++) {
      const [low, high] = estimateOf([5 + normal(), 5 + normal(), 5 + normal()]).ci95;
      if ((low ?? Infinity) <= 5 && (high ?? -Infinity) >= 5) held++;
    }
    expect(held / 4000).toBeGreaterThan(0.935);
    expect(held / 4000).toBeLessThan(0.965);
  });
});

describe('ratioOf', () => {
  it('is of the pairs, whose common drift does not widen the interval', () => {
    const paired = ratioOf(runs(30, 60, 120), runs(10, 20, 40));
    expect(paired?.ratio).toBeCloseTo(3, 9);
    expect(paired?.ci95[0]).toBeCloseTo(3, 9);
    expect(paired?.ci95[1]).toBeCloseTo(3, 9);
    const [low, high] = ratioOf(runs(30, 33, 36), runs(10, 10, 10))?.ci95 ?? [];
    expect(low).toBeLessThan(3.3);
    expect(high).toBeGreaterThan(3.3);
  });

  it('is the inverse, with its interval, of the other way round', () => {
    const [one, other] = [runs(3, 4, 5), runs(2, 2, 1)];
    const [there, back] = [ratioOf(one, other), ratioOf(other, one)];
    expect((there?.ratio ?? 0) * (back?.ratio ?? 0)).toBeCloseTo(1, 9);
    expect((there?.ci95[0] ?? 0) * (back?.ci95[1] ?? 0)).toBeCloseTo(1, 9);
  });

  it("is Welch's where runs have no partner", () => {
    const other = new Map([...runs(10, 11, 12)].map(([run, value]) => [`other ${run}`, value]));
    const [over, under] = [runs(30, 33), other];
    // By hand: s²/n of the logarithms 0.0022710 and 0.0027737, 2.68 degrees of freedom, t 3.41.
    const { ratio, ci95 } = ratioOf(over, under) ?? { ratio: 0, ci95: [0, 0] };
    expect(ratio).toBeCloseTo(Math.sqrt(30 * 33) / Math.cbrt(10 * 11 * 12), 6);
    const half = Math.log((ci95[1] ?? 0) / ratio);
    expect(Math.log(ratio / (ci95[0] ?? 0))).toBeCloseTo(half, 9);
    expect(half / studentT95(2.8)).toBeCloseTo(Math.sqrt(0.002271 + 0.0027737), 2);
    expect(ratioOf(runs(5), other)?.ci95).toEqual([null, null]);
  });

  it('takes what does not vary, and refuses what has no logarithm', () => {
    const { ratio = 0, ci95: [low, high] = [0, 0] } = ratioOf(runs(8, 8), runs(2, 2, 2)) ?? {};
    for (const value of [ratio, low, high]) expect(value).toBeCloseTo(4, 9);
    expect(ratioOf(runs(1, 0), runs(1, 1))).toBeNull();
    expect(ratioOf(runs(1), runs(-1))).toBeNull();
    expect(ratioOf(runs(), runs(1))).toBeNull();
    expect(ratioOf(runs(NaN), runs(1))).toBeNull();
  });
});
