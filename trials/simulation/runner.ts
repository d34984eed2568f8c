/** Many seeds, in as many threads as asked for; each thread is a process's worth of globals of its own. */
import { Worker } from 'node:worker_threads';
import type { SeedWorkerData } from './seed-worker.js';
import type { Outcome } from './simulation.js';

export interface SeedsOptions {
  readonly first: number;
  readonly count: number;
  readonly threads: number;
  /** Name of a bug to plant. */
  readonly bug?: string | null;
  /** Ends it early: no further seeds are begun, those that run are left. */
  readonly signal?: AbortSignal;
  /** Hears of each seed as it ends, in any order. True ends it early. */
  readonly onOutcome: (outcome: Outcome) => boolean | undefined;
}

/** Resolves when all are done, or it was ended. Rejects when a thread dies. */
export async function runSeeds(options: SeedsOptions): Promise<void> {
  const { first, count, bug = null } = options;
  let next = first;
  let over = false;
  const isOver = (): boolean => over || options.signal?.aborted === true;
  const work = (worker: Worker): Promise<void> =>
    new Promise((resolve, reject) => {
      const give = (): void => {
        if (isOver() || next >= first + count) resolve();
        else worker.postMessage(next++);
      };
      worker.on('error', reject);
      worker.on('message', (outcome: Outcome) => {
        if (!isOver()) over = options.onOutcome(outcome) === true;
        give();
      });
      options.signal?.addEventListener('abort', () => resolve());
      give();
    });
  const workerData: SeedWorkerData = { bug };
  const workers = Array.from(
    { length: Math.min(options.threads, count) },
    () => new Worker(new URL('./seed-worker.js', import.meta.url), { workerData }),
  );
  try {
    await Promise.all(workers.map(work));
  } finally {
    await Promise.all(workers.map((worker) => worker.terminate()));
  }
}
