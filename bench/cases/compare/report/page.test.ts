import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { available, launchBrowser, temporaryFolder } from '@weir/testing';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { reportHtml } from './html.js';
import { resultsOf, richScenarios } from './results.testing.js';
import { TOUCHING_TEXTS } from './touching.testing.js';

describe.skipIf(!available('chromium'))('the report in a browser', () => {
  let browser: Awaited<ReturnType<typeof launchBrowser>>;
  const html = reportHtml(resultsOf(richScenarios()));

  beforeAll(async () => {
    browser = await launchBrowser();
  });
  afterAll(() => browser.close());

  /** The report in a file, opened. */
  async function opened(
    width: number,
    text: string,
  ): Promise<{ page: Awaited<ReturnType<typeof browser.newPage>>; url: string; seen: string[] }> {
    const file = join(await temporaryFolder(), 'report.html');
    await writeFile(file, text);
    const url = pathToFileURL(file).href;
    const page = await browser.newPage({ viewport: { width, height: 900 } });
    const seen: string[] = [];
    page.on('request', (request) => void seen.push(request.url()));
    page.on('console', (message) => void seen.push(message.text()));
    await page.goto(url);
    return { page, url, seen };
  }

  it.each([390, 1240])(
    'is read at %d px without scrolling sideways, with nothing fetched or refused',
    async (width) => {
      const { page, url, seen } = await opened(width, html);
      expect(seen).toEqual([url]);
      expect(await page.evaluate('document.documentElement.scrollWidth')).toBe(width);
      expect(await page.locator('svg.chart').count()).toBeGreaterThan(30);
      await page.close();
    },
  );

  it('has no text of a chart on another', async () => {
    const { page } = await opened(1240, html);
    expect(await page.evaluate(TOUCHING_TEXTS)).toEqual([]);
    await page.close();
  });

  it('would tell of one that is', async () => {
    const chart =
      '<svg class="chart" aria-label="x"><text y="20">one</text><text x="9" y="20">two</text></svg>';
    const { page } = await opened(390, chart);
    expect(await page.evaluate(TOUCHING_TEXTS)).toEqual(['one on two in x']);
    await page.close();
  });
});
