/** The files of a finished comparison. */
import { join } from 'node:path';
import { writeFileAtomic } from '@weir/runtime';
import type { CompareResults } from '../results.js';
import { reportHtml } from './html.js';
import { reportMarkdown } from './markdown.js';

/** Writes `report.html`, `report.md` and `results.json` into a folder. */
export async function writeReport(folder: string, results: CompareResults): Promise<void> {
  const files = {
    'results.json': `${JSON.stringify(results)}\n`,
    'report.md': reportMarkdown(results),
    'report.html': reportHtml(results),
  };
  for (const [name, text] of Object.entries(files)) await writeFileAtomic(join(folder, name), text);
}
