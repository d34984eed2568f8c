/** Some seeds pass, the same seed is the same story, and what is broken on purpose is found. */
import { describe, expect, it } from 'vitest';
import { BUGS } from './bugs.js';
import { failureLine } from './report.js';
import { runSeeds } from './runner.js';
import type { Outcome } from './simulation.js';

const THREADS = 2;

/** Outcomes by seed; ends after the first failure where that is asked for. */
async function outcomesOf(
  first: number,
  count: number,
  options: { readonly bug?: string; readonly untilFailure?: boolean } = {},
): Promise<Outcome[]> {
  const outcomes: Outcome[] = [];
  await runSeeds({
    ...{ first, count, threads: THREADS, bug: options.bug ?? null },
    onOutcome: (outcome) => {
      outcomes.push(outcome);
      return options.untilFailure === true && outcome.violations.length > 0;
    },
  });
  return outcomes.sort((a, b) => a.seed - b.seed);
}

describe('the simulation', () => {
  it('ends well with every seed, and tells each story the same a second time', async () => {
    const outcomes = await outcomesOf(1, 50);
    const failed = outcomes.filter(({ violations }) => violations.length > 0);
    expect(failed.map((outcome) => failureLine(outcome, null))).toEqual([]);
    expect(outcomes.reduce((sum, { framesAcked }) => sum + framesAcked, 0)).toBeGreaterThan(5_000);
    const again = await outcomesOf(1, 12);
    expect(again.map(({ hash }) => hash)).toEqual(outcomes.slice(0, 12).map(({ hash }) => hash));
  }, 300_000);
});

describe('a bug on purpose', () => {
  it.each(Object.keys(BUGS))('%s is found', { timeout: 300_000 }, async (bug) => {
    const outcomes = await outcomesOf(1, 300, { bug, untilFailure: true });
    expect(outcomes.some(({ violations }) => violations.length > 0)).toBe(true);
  });
});
