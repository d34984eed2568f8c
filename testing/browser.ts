import { chromium, type Browser } from 'playwright-core';
import { serverCommand } from './available.js';

/** Headless Chromium that talks to nobody but the page under test. Close it when done. */
export function launchBrowser(): Promise<Browser> {
  return chromium.launch({
    executablePath: serverCommand('chromium'),
    args: [
      '--no-sandbox',
      '--disable-gpu',
      '--disable-quic',
      '--no-first-run',
      '--disable-background-networking',
      '--disable-component-update',
      '--disable-sync',
    ],
  });
}
