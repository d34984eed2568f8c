/** The console as an operator sees it: the link that `weir up` prints, opened in a real browser. */
import { join } from 'node:path';
import { available, launchBrowser, temporaryFolder } from '@weir/testing';
import { expect, it, onTestFinished } from 'vitest';
import { printed, weir } from '../weir-process.testing.js';

it.skipIf(!available('chromium'))(
  'shows the devices of weir up, their state, and charts that move',
  async () => {
    const data = join(await temporaryFolder(), 'data');
    const up = weir(['up', '--data', data, '--port', '0', '--mqtt-port', '0', '--devices', '3']);
    const [, link = ''] = await printed(up, /console +(http\S+)/, 'the link');
    const browser = await launchBrowser();
    onTestFinished(() => browser.close());
    const page = await browser.newPage({ viewport: { width: 1280, height: 800 } });
    const foreign: string[] = [];
    page.on('request', (request) => {
      const { host, protocol } = new URL(request.url());
      if (protocol.startsWith('http') && host !== new URL(link).host) foreign.push(request.url());
    });
    const faults: string[] = [];
    page.on('pageerror', (error) => faults.push(error.message));
    await page.goto(link);

    for (const name of ['microcontroller', 'virtual-0001', 'virtual-0003']) {
      const device = page.getByRole('option', { name });
      await device.waitFor();
      await expect.poll(() => device.textContent(), { timeout: 30_000 }).toMatch(/online/i);
    }
    expect(page.url()).not.toContain('token');

    await page.getByRole('option', { name: 'microcontroller' }).click();
    const canvas = page.locator('[data-channel="board/temperature"] canvas').first();
    await canvas.waitFor();
    const picture = (): Promise<string> =>
      canvas.evaluate((each) => (each as unknown as { toDataURL(): string }).toDataURL());
    const before = await picture();
    await expect.poll(async () => (await picture()) !== before, { timeout: 30_000 }).toBe(true);
    expect({ foreign, faults }).toEqual({ foreign: [], faults: [] });
  },
);
