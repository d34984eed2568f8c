/** Writes the pages that come from the code and its results; with `--check` fails when one is not what they say. */
import { readFile, writeFile } from 'node:fs/promises';
import { fileURLToPath } from 'node:url';
import { comparisonSection, performancePage } from '@weir/bench';
import { CONFIGURED_APPS } from '../apps.js';
import { configPage } from './config-page.js';
import { errorsPage } from './errors-page.js';
import { readResults } from './results.js';
import { withSection } from './section.js';

const ROOT = new URL('../../../', import.meta.url);
const QUICK_COMPARISON = 'compare-quick.json';
const FULL_COMPARISON = 'compare/results.json';
const FULL_REPORT = 'bench/results/compare/report.md';

const results = await readResults(new URL('bench/results/', ROOT));
const comparison = results.get(QUICK_COMPARISON);
const report = results.has(FULL_COMPARISON) ? FULL_REPORT : null;
const comparisonText = comparison === undefined ? '' : comparisonSection(comparison, report);

/** What a page should be, given what it is. */
const PAGES: Readonly<Record<string, (page: string) => string>> = {
  'docs/config.md': () => configPage(CONFIGURED_APPS),
  'docs/errors.md': () => errorsPage(),
  'docs/performance.md': () => performancePage(results),
  'README.md': (page) => withSection(page, 'compare', comparisonText),
};

const check = process.argv.includes('--check');
for (const [name, render] of Object.entries(PAGES)) {
  const path = fileURLToPath(new URL(name, ROOT));
  const found = await readFile(path, 'utf8').catch(() => '');
  const text = render(found);
  if (!check) {
    await writeFile(path, text);
  } else if (found !== text) {
    process.stderr.write(`${name} is not what the code and its results say; run: npm run docs\n`);
    process.exitCode = 1;
  }
}
