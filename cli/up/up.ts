/**
 * Everything on one machine, each part the real one:
 *
 *   microcontroller ─ serial line ─> agent ─┐
 *   virtual fleet ──────────────────────────┴─> hub ─> DuckDB, console
 *                                                └─> bridge ─> broker ─> subscriber, which counts
 */
import type { Logger } from '@weir/runtime';
import { ended } from '../session.js';
import { Closers } from './closers.js';
import { makeDataFolder } from './data-folder.js';
import { drain } from './drain.js';
import { LiveLine, type LineOutput } from './live-line.js';
import { startSenders, type SenderOptions } from './senders.js';
import { startServices, type ServiceOptions } from './services.js';
import type { Summary } from './summary.js';

export interface UpOptions extends SenderOptions, ServiceOptions {
  /** Ends by itself after so long; without it, when the signal aborts. */
  readonly forMs?: number | undefined;
  readonly logger: Logger;
  /** For people: where what runs, and the live line. */
  readonly output: LineOutput;
}

const LINE_EVERY_MS = 1_000;

/** Runs until told to end, drains, counts at every end and closes all. Throws what kept it from starting. */
export async function up(options: UpOptions, signal: AbortSignal): Promise<Summary> {
  const closers = new Closers();
  try {
    await makeDataFolder(options.data);
    const services = await startServices(options, closers);
    const senders = await startSenders(options, services.hub, closers);
    options.output.write(welcome(options, services.consoleUrl, services.mqttUrl, senders.lineText));
    const line = new LiveLine(options.output);
    const ticker = setInterval(() => {
      line.show({ ...senders.flow(), ...services.flow() }, performance.now());
    }, LINE_EVERY_MS);
    closers.add('live line', ticker, clearInterval);
    await ended(signal, options.forMs);
    clearInterval(ticker);
    line.end();
    options.output.write('draining: every reading on its way is let arrive (Ctrl-C again ends at once)\n');
    return await drain(services, senders);
  } finally {
    for (const { what, error } of await closers.closeAll())
      options.logger.error({ err: error }, `could not close: ${what}`);
  }
}

function welcome(options: UpOptions, consoleUrl: string, mqttUrl: string, lineText: string): string {
  return [
    '',
    '  Weir runs. Everything is on this machine; Ctrl-C ends it.',
    '',
    `  console     ${consoleUrl}`,
    `  MQTT        ${mqttUrl}   topics weir/DEVICE/CHANNEL`,
    `  HTTP API    ${consoleUrl.split('#')[0] ?? ''}api/docs`,
    `  sensors     ${lineText}, and ${options.devices} virtual devices at ${options.rateHz} Hz`,
    `  data        ${options.data}`,
    '',
    '',
  ].join('\n');
}
