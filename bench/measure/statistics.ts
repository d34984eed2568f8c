import { studentT95 } from './student-t.js';

/** What is said of repeated runs: the middle one, and how far the others were from it. */
export interface Spread {
  readonly median: number;
  readonly min: number;
  readonly max: number;
}

/** Throws when there are none. */
export function spreadOf(values: readonly number[]): Spread {
  const sorted = [...values].sort((a, b) => a - b);
  const [low, high] = [sorted[(sorted.length - 1) >> 1], sorted[sorted.length >> 1]];
  const [min, max] = [sorted[0], sorted.at(-1)];
  if (low === undefined || high === undefined || min === undefined || max === undefined)
    throw new RangeError('no values');
  return { median: (low + high) / 2, min, max };
}

export function medianOf(values: readonly number[]): number {
  return spreadOf(values).median;
}

/** Lower and upper end; null where one run alone gives none. */
export type Interval = readonly [number | null, number | null];

/** A mean over runs, the unit of analysis, with Student's 95 % interval. With one run the interval is [null, null]. */
export interface Estimate {
  readonly mean: number;
  readonly ci95: Interval;
  readonly runs: number;
}

/** How many times as large one quantity is as another, with its 95 % interval. */
export interface Ratio {
  readonly ratio: number;
  readonly ci95: Interval;
}

/** One value for each run. Of no run: mean 0, runs 0. Values that do not vary give an interval without width. */
export function estimateOf(values: readonly number[]): Estimate {
  const runs = values.length;
  if (runs === 0) return { mean: 0, ci95: [null, null], runs };
  const { mean, variance } = momentsOf(values);
  if (runs === 1) return { mean, ci95: [null, null], runs };
  const half = studentT95(runs - 1) * Math.sqrt(variance / runs);
  return { mean, ci95: [mean - half, mean + half], runs };
}

/**
 * The geometric mean of `over` over that of `under`, by the name of the run's pair. The interval is of the logarithms, so it is
 * the same for the inverse: of the pairs' differences when all runs are paired (runs of a round share what drifts, and the
 * interval holds whether they do or not), else Welch's. null when a value is not above 0, or there is none.
 */
export function ratioOf(over: ReadonlyMap<string, number>, under: ReadonlyMap<string, number>): Ratio | null {
  const values = [...over.values(), ...under.values()];
  if (over.size === 0 || under.size === 0 || !values.every((value) => value > 0 && Number.isFinite(value)))
    return null;
  const [log, half] = isPaired(over, under) ? pairedLog(over, under) : welchLog(over, under);
  const end = (sign: number): number | null => (half === null ? null : Math.exp(log + sign * half));
  return { ratio: Math.exp(log), ci95: [end(-1), end(1)] };
}

type LogRatio = readonly [log: number, half: number | null];

function isPaired(over: ReadonlyMap<string, number>, under: ReadonlyMap<string, number>): boolean {
  return over.size === under.size && [...over.keys()].every((pair) => under.has(pair));
}

function pairedLog(over: ReadonlyMap<string, number>, under: ReadonlyMap<string, number>): LogRatio {
  const differences = [...over].map(([pair, value]) => Math.log(value / (under.get(pair) ?? NaN)));
  const { mean, ci95 } = estimateOf(differences);
  return [mean, ci95[1] === null ? null : ci95[1] - mean];
}

function welchLog(over: ReadonlyMap<string, number>, under: ReadonlyMap<string, number>): LogRatio {
  const sides = [over, under].map((side) => {
    const { mean, variance } = momentsOf([...side.values()].map(Math.log));
    return { mean, freedom: side.size - 1, ofMean: variance / side.size };
  });
  const log = (sides[0]?.mean ?? NaN) - (sides[1]?.mean ?? NaN);
  if (sides.some(({ freedom }) => freedom < 1)) return [log, null];
  const ofDifference = sum(sides.map(({ ofMean }) => ofMean));
  if (ofDifference === 0) return [log, 0];
  const freedom = ofDifference ** 2 / sum(sides.map((side) => side.ofMean ** 2 / side.freedom));
  return [log, studentT95(freedom) * Math.sqrt(ofDifference)];
}

function momentsOf(values: readonly number[]): { mean: number; variance: number } {
  const mean = sum(values) / values.length;
  return { mean, variance: sum(values.map((value) => (value - mean) ** 2)) / (values.length - 1) };
}

function sum(values: readonly number[]): number {
  return values.reduce((total, value) => total + value, 0);
}
