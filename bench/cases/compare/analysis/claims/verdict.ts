import type { Ratio } from '../../../../measure/statistics.js';
import type { Verdict } from '../analysis.js';

/** Of the told factor, which a result must reach to confirm it: figures of other machines are not met to the digit. */
export const CONFIRMING_SHARE = 0.75;

/**
 * The rule, fixed before there were data. With [low, high] the interval of 95 % (a point where one run gives none):
 * - confirmed: low is above 1, and the ratio is at least three quarters of what is told;
 * - smaller than told: low is above 1, and the ratio is less than that;
 * - refuted: low is not above 1, and high is below three quarters of what is told: no advantage is shown, and one of the size
 *   that is told is excluded;
 * - undecided: the interval has both no advantage and the told one in it.
 * - not measured: there is no ratio.
 */
export function verdictOf(told: number, found: Ratio | null): Verdict {
  if (found === null) return 'not measured';
  const { ratio, ci95 } = found;
  const [low, high] = [ci95[0] ?? ratio, ci95[1] ?? ratio];
  const enough = CONFIRMING_SHARE * told;
  if (low > 1) return ratio >= enough ? 'confirmed' : 'smaller than told';
  return high < enough ? 'refuted' : 'undecided';
}

/** What must be said of how sure the verdict is; ''. */
export function sureness(told: number, found: Ratio, runs: number): string {
  const [low, high] = found.ci95;
  if (low === null || high === null)
    return 'One run of each: there is no interval over runs, so this is a preview, not a finding.';
  if (verdictOf(told, found) === 'undecided')
    return `Runs differ too much to tell: the interval has in it both no advantage and one of ${(CONFIRMING_SHARE * told).toFixed(2)}.`;
  const enough = CONFIRMING_SHARE * told;
  if (low > 1 && low < enough && high > enough)
    return `The interval has the border of ${enough.toFixed(2)} between the verdicts in it: ${runs} runs do not tell them apart for sure.`;
  return '';
}
