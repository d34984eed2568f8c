/** What became of the claims, for a terminal and for the README. */
import type { TableFormat } from '../../../report/columns.js';
import { FEW_READINGS } from '../analysis/doubts/doubts.js';
import type { CompareResults } from '../results.js';
import { basisOf } from './sections/summary.js';
import { foundText } from './verdict.js';
import { counted, numberText } from './words.js';

/** The table, then what must be said of it. */
export function claimsTable(results: CompareResults, format: TableFormat): string {
  const { claims, cells } = results.analysis;
  const rows = claims.map((claim) => [
    claim.id,
    claim.verdict,
    foundText(claim, basisOf(claim, results)),
    numberText(claim.toldRatio),
    numberText(claim.theory),
  ]);
  const doubted = cells.filter(({ doubts }) => doubts.some(({ code }) => code !== FEW_READINGS)).length;
  return [
    format([['WebSocket, times better', 'verdict', 'found [95 %]', 'told', 'theory'], ...rows]),
    '',
    doubted === 0
      ? `No doubt was found in ${counted(cells.length, 'cell')}.`
      : `Doubts in ${doubted} of ${counted(cells.length, 'cell')}; the report says which.`,
    ...results.notMeasured.map(({ what, why }) => `Not measured: ${what} (${why}).`),
  ].join('\n');
}
