/** Checks that look at runs for signs that they did not measure what they say. */
import type { Doubt } from '../analysis.js';
import type { Judged } from '../judged.js';
import { LINK_CHECKS } from './link.js';
import { TIMING_CHECKS } from './timing.js';
import { TRANSPORT_CHECKS } from './transport.js';

/** What speaks against believing a run, a sentence with its figures; null when nothing does. */
export type Check = (run: Judged) => string | null;
export type Checks = Readonly<Record<string, Check>>;

const CHECKS: Checks = { ...TIMING_CHECKS, ...TRANSPORT_CHECKS, ...LINK_CHECKS };
/** The doubt that is about percentiles alone. */
export const FEW_READINGS = 'few-readings';
/** A 99th percentile of fewer is their maximum. */
const READINGS_MIN = 100;

/** Of the runs of one scenario. Each sign is said once, with the first run's figures. */
export function doubtsOf(runs: readonly Judged[]): Doubt[] {
  const found = Object.entries(CHECKS).flatMap(([code, check]) => {
    const messages = runs.map(check).filter((message) => message !== null);
    const [first] = messages;
    if (first === undefined) return [];
    const where = runs.length > 1 ? ` (${messages.length} of ${runs.length} runs)` : '';
    return [{ code, message: first + where }];
  });
  return [...found, ...fewReadings(runs)];
}

function fewReadings(runs: readonly Judged[]): Doubt[] {
  const count = runs.reduce((sum, { record }) => sum + record.latency.count, 0);
  if (count >= READINGS_MIN || runs.every(({ record }) => record.plan.scenario.rateHz === null)) return [];
  const message = `${count} readings in all: their 99th percentile is no more than the largest of them`;
  return [{ code: FEW_READINGS, message }];
}
