/** Which runs are made, and in which order. */
import { shuffledRounds } from '../../../measure/order.js';
import { scenarioKey, type RunPlan, type Scenario } from '../scenario.js';

export interface Lengths {
  readonly repeats: number;
  readonly seconds: number;
  readonly warmUpS: number;
  readonly seed: number;
}

/** A slow sensor is watched for so many of its readings at least. */
const READINGS_MIN = 3;
/** Seeds of two benchmarks do not meet. */
const SEEDS_APART = 1_000;

/**
 * Every scenario once in each round, each round in an order of its own. Runs of one round share a seed, so that all methods
 * get readings at the same moments. Scenarios that several sets have are run once.
 */
export function planRuns(scenarios: readonly Scenario[], lengths: Lengths): RunPlan[] {
  const { repeats, seconds, warmUpS, seed } = lengths;
  const different = [...new Map(scenarios.map((scenario) => [scenarioKey(scenario), scenario])).values()];
  const made = new Map<string, number>();
  return shuffledRounds(different, repeats, seed).map((scenario) => {
    const key = scenarioKey(scenario);
    const replicate = made.get(key) ?? 0;
    made.set(key, replicate + 1);
    const measuredS = Math.max(seconds, READINGS_MIN / (scenario.rateHz ?? Infinity));
    const runSeed = seed * SEEDS_APART + replicate;
    return { scenario, replicate, replicates: repeats, seed: runSeed, warmupS: warmUpS, measuredS };
  });
}

/** Names a run within a plan. */
export function runKey({ scenario, replicate }: RunPlan): string {
  return `${scenarioKey(scenario)} #${replicate}`;
}
