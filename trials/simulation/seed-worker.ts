/** Entry of a thread that runs seeds, one after the other, as it is given them. */
import { parentPort, workerData } from 'node:worker_threads';
import { BUGS } from './bugs.js';
import { simulate } from './simulation.js';

export interface SeedWorkerData {
  readonly bug: string | null;
}

const port = parentPort;
if (port === null) throw new Error('seed-worker.js runs as a worker thread');
const { bug } = workerData as SeedWorkerData;

async function run(seed: number): Promise<void> {
  const outcome = await simulate(seed, { bug: bug === null ? null : (BUGS[bug] ?? null) });
  port?.postMessage(outcome);
}

port.on('message', (seed: number) => {
  run(seed).catch((error: unknown) => {
    process.nextTick(() => {
      throw error;
    });
  });
});
