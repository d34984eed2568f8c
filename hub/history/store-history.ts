import type { SinkWorker } from '../sinks/sink-worker.js';
import { checkQuery } from './check-query.js';
import type { History, ReadingsCount, ReadingsPage, ReadingsQuery } from './history.js';

/** History answered by the worker of the embedded store. */
export class StoreHistory implements History {
  readonly #worker: SinkWorker;

  /** `worker` is one of kind duckdb, which stays the caller's to close. */
  constructor(worker: SinkWorker) {
    this.#worker = worker;
  }

  async readings(query: ReadingsQuery, signal?: AbortSignal): Promise<ReadingsPage> {
    return this.#worker.query({ kind: 'readings', query: checkQuery(query) }, signal);
  }

  async count(
    query: { readonly device?: string | undefined } = {},
    signal?: AbortSignal,
  ): Promise<ReadingsCount> {
    return this.#worker.query({ kind: 'count', device: query.device ?? null }, signal);
  }

  onAdvanced(listener: (cursor: number) => void): () => void {
    let known = this.#worker.status().cursor;
    return this.#worker.onStatus(({ cursor }) => {
      if (cursor <= known) return;
      known = cursor;
      listener(cursor);
    });
  }
}
