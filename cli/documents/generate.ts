/** Writes the pages of docs/ that come from the code; with `--check` fails when one is not what the code says. */
import { readFile, writeFile } from 'node:fs/promises';
import { fileURLToPath } from 'node:url';
import { performancePage } from '@weir/bench';
import { CONFIGURED_APPS } from '../apps.js';
import { configPage } from './config-page.js';
import { errorsPage } from './errors-page.js';
import { readResults } from './results.js';

const DOCS = new URL('../../../docs/', import.meta.url);
const RESULTS = new URL('../../../bench/results/', import.meta.url);
const PAGES: readonly (readonly [name: string, text: string])[] = [
  ['config.md', configPage(CONFIGURED_APPS)],
  ['errors.md', errorsPage()],
  ['performance.md', performancePage(await readResults(RESULTS))],
];

const check = process.argv.includes('--check');
for (const [name, text] of PAGES) {
  const path = fileURLToPath(new URL(name, DOCS));
  if (!check) {
    await writeFile(path, text);
  } else if ((await readFile(path, 'utf8').catch(() => '')) !== text) {
    process.stderr.write(`docs/${name} is not what the code says; run: npm run docs\n`);
    process.exitCode = 1;
  }
}
