/**
 * A picture of the console for the README: `npm run screenshot -- LINK FILE`, with the link that `weir up` prints.
 * Opens the first device and lets its charts fill for a while.
 */
import { launchBrowser } from './browser.js';

const [link, file] = process.argv.slice(2);
if (link === undefined || file === undefined) throw new Error('usage: npm run screenshot -- LINK FILE');
const FILL_MS = 20_000;

const browser = await launchBrowser();
try {
  const page = await browser.newPage({ viewport: { width: 1280, height: 800 }, deviceScaleFactor: 1.5 });
  await page.goto(link);
  await page.getByRole('option', { name: 'microcontroller' }).click();
  await page.waitForTimeout(FILL_MS);
  await page.screenshot({ path: file });
} finally {
  await browser.close();
}
