/** What the README says of the quick comparison. */
import { z } from 'zod';
import { markdownTable } from '../../../report/columns.js';
import type { CompareResults } from '../results.js';
import { claimsTable } from './claims-table.js';
import { plain } from './markdown.js';

const results = z.custom<CompareResults>(
  (value) =>
    z
      .looseObject({ bench: z.literal('compare'), conditions: z.object(), analysis: z.object() })
      .safeParse(value).success,
  'no result of weir bench compare',
);

/** Markdown: claims, conditions, command. Throws when `stored` is no result of a comparison. */
export function comparisonSection(stored: unknown): string {
  const found = results.parse(stored);
  const { date, commit, node, kernel, cpu, cores } = found.conditions;
  const machine = `${cores} cores of ${cpu}, ${kernel}, Node ${node}`;
  return [
    '`' + found.command.replaceAll('`', "'") + '`',
    '',
    `tests what is told of WebSocket against polling, on the product's own paths. On ${date.slice(0, 10)}, ${plain(machine)}, commit ${plain(commit === '' ? 'unknown' : commit)}:`,
    '',
    claimsTable(found, markdownTable),
  ].join('\n');
}
