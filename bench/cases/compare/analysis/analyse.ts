import { group } from 'd3-array';
import type { RunRecord } from '../record.js';
import { scenarioKey } from '../scenario.js';
import type { Analysis } from './analysis.js';
import { cellOf } from './cell.js';

/** What all runs say together, from nothing but their records. Cells come in the order in which their first runs do. */
export function analyse(records: readonly RunRecord[]): Analysis {
  const cells = [...group(records, ({ plan }) => scenarioKey(plan.scenario)).values()].flatMap(
    ([first, ...rest]) =>
      first === undefined ? [] : [{ ...cellOf([first, ...rest]), theory: null, doubts: [] }],
  );
  return { cells, claims: [] };
}
