/**
 * A hub in a process of its own that may open few files. Its folder is the first argument. It is told by messages to open
 * whatever it still can (`hog`), to let go of that (`free`), to say how it is (`stats`) and to end (`close`).
 */
import { closeSync, openSync } from 'node:fs';
import { hubConfigSchema } from './config.js';
import { startHub, type Hub } from './main.js';

/** The answer to each order. */
export interface Report {
  readonly order: string;
  /** Descriptors taken by `hog`. */
  readonly hogged: number;
  readonly stats: ReturnType<Hub['stats']>;
}

const config = hubConfigSchema.parse({
  data_dir: process.argv[2],
  listen: { port: 0 },
  log: { segment_bytes: 65_536, retention: { bytes: null } },
  vitals: { interval: 0 },
});
const hub = await startHub(config);
const hogged: number[] = [];

function hog(): void {
  try {
    for (;;) hogged.push(openSync('/dev/null', 'r'));
  } catch {
    return;
  }
}

/** What others let go of is taken as well, until `free`. */
let greed: NodeJS.Timeout | undefined;

const orders: Record<string, () => Promise<void> | void> = {
  hog: () => {
    hog();
    greed = setInterval(hog, 1);
  },
  free: () => {
    clearInterval(greed);
    for (const descriptor of hogged.splice(0)) closeSync(descriptor);
  },
  stats: () => undefined,
  close: () => hub.close(),
};
async function obey(order: string): Promise<void> {
  await orders[order]?.();
  const report: Report = { order, hogged: hogged.length, stats: hub.stats() };
  process.send?.(report, () => {
    if (order === 'close') process.disconnect();
  });
}

process.on('message', (order: string) => {
  obey(order).catch(() => process.exit(1));
});
const { url, token } = hub;
process.send?.({ url, token });
