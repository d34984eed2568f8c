import { group } from 'd3-array';
import type { RunRecord } from '../record.js';
import { scenarioKey } from '../scenario.js';
import { agreementOf, hubMs, looseness } from './agreement.js';
import type { Analysis } from './analysis.js';
import { cellOf } from './cell.js';
import { claimsOf } from './claims/claims.js';
import { doubtsOf } from './doubts/doubts.js';
import { judged } from './judged.js';

/** What all runs say together, from nothing but their records. Cells come in the order in which their first runs do. */
export function analyse(records: readonly RunRecord[]): Analysis {
  const hub = hubMs(records);
  const byScenario = [...group(records, ({ plan }) => scenarioKey(plan.scenario)).values()];
  const groups = byScenario.flatMap(([first, ...rest]) => {
    if (first === undefined) return [];
    const runs = [first, ...rest].map(judged);
    const theory = agreementOf(runs, hub);
    const doubts = [...doubtsOf(runs), ...(theory === null ? [] : looseness(theory))];
    const cell = { ...cellOf([first, ...rest]), theory, doubts };
    return [{ cell, records: [first, ...rest] }];
  });
  return { cells: groups.map(({ cell }) => cell), claims: claimsOf(groups) };
}
