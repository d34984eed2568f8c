/** The sink's worker with a fault: the first time that a store is opened it throws where nobody catches, mid-write. */
import { DuckDBConnection } from '@duckdb/node-api';
import { existsSync, writeFileSync } from 'node:fs';
import { workerData } from 'node:worker_threads';
import type { DuckDbOptions } from '../duckdb/config.js';
import type { WorkerStart } from '../worker-messages.js';

const { path } = (workerData as WorkerStart).store.options as DuckDbOptions;
const mark = `${path}.crashed`;

if (!existsSync(mark)) {
  const methods = DuckDBConnection.prototype as unknown as Record<'run', (...given: unknown[]) => unknown>;
  const { run } = methods;
  methods.run = function (this: unknown, ...given: unknown[]): unknown {
    if (String(given[0]).startsWith('UPDATE cursor') && !existsSync(mark)) {
      writeFileSync(mark, '');
      setImmediate(() => {
        throw new Error('a fault in the worker');
      });
      return Promise.reject(new Error('cut short'));
    }
    return run.apply(this, given);
  };
}

await import('../worker.js');
