/** Which runs are made, and in which order. */
import { shuffledRounds } from '../../../measure/order.js';
import { scenarioKey, type RunPlan, type Scenario } from '../scenario.js';

export interface Lengths {
  readonly repeats: number;
  readonly seconds: number;
  readonly warmUpS: number;
  readonly seed: number;
}

/** A slow sensor is watched for so many of its readings at least, a slow poller for so many of its polls. */
const READINGS_MIN = 3;
const POLLS_MIN = 2;
/** What goes as fast as it can leaves work behind: the store may need ten times as long. */
const THROUGHPUT_S_MAX = 3;
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
    const runSeed = seed * SEEDS_APART + replicate;
    const measuredS = windowS(scenario, seconds);
    return { scenario, replicate, replicates: repeats, seed: runSeed, warmupS: warmUpS, measuredS };
  });
}

function windowS({ rateHz, pollMs }: Scenario, seconds: number): number {
  if (rateHz === null) return Math.min(seconds, THROUGHPUT_S_MAX);
  return Math.max(seconds, READINGS_MIN / rateHz, (POLLS_MIN * (pollMs ?? 0)) / 1000);
}

/** Names a run within a plan. */
export function runKey({ scenario, replicate }: RunPlan): string {
  return `${scenarioKey(scenario)} #${replicate}`;
}
