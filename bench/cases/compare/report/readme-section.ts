/** What the README says of the quick comparison. */
import { z } from 'zod';
import { markdownTable } from '../../../report/columns.js';
import type { CompareResults } from '../results.js';
import { claimsTable } from './claims-table.js';
import { plain } from './markdown.js';
import { printable } from './markup.js';

const results = z.custom<CompareResults>(
  (value) =>
    z
      .looseObject({ bench: z.literal('compare'), conditions: z.object(), analysis: z.object() })
      .safeParse(value).success,
  'no result of weir bench compare',
);

/**
 * Markdown: command, conditions, claims; `report` is where the full comparison's is, or null. Throws when `stored` is no result
 * of a comparison.
 */
export function comparisonSection(stored: unknown, report: string | null): string {
  const found = results.parse(stored);
  const { date, commit, node, kernel, cpu, cores } = found.conditions;
  const machine = `${cores} cores of ${cpu}, ${kernel}, Node ${node}`;
  return [
    ...['```sh', printable(found.command).replaceAll(/[`\n]/g, ' '), '```'],
    '',
    `tests what is told of WebSocket against HTTP polling, on the product's own paths, in under two minutes. On ${date.slice(0, 10)}, ${plain(machine)}, commit ${plain(commit === '' ? 'unknown' : commit)}:`,
    '',
    claimsTable(found, markdownTable),
    ...(report === null
      ? []
      : ['', `[The full comparison](${report}) has every method, network and rate, with its distributions.`]),
  ].join('\n');
}
