/**
 * One open DuckDB file: a connection that writes, and one for each query that reads.
 *
 * The file is locked for this process, but nothing stops this process from opening it twice, which would ruin it. So
 * `close` ends only when every query has ended and every connection is shut.
 */
import { rm, stat } from 'node:fs/promises';
import { dirname } from 'node:path';
import { DuckDBInstance, type DuckDBConnection } from '@duckdb/node-api';
import { makeDirectory, WeirError } from '@weir/runtime';
import type { DuckDbOptions } from './config.js';
import { requireFreeFiles } from './free-files.js';
import { storeError } from './store-error.js';

/** An interrupt that comes before a query has begun is lost, so it is repeated. */
const INTERRUPT_EVERY_MS = 20;
/** What queries may put beside the file when memory does not do; by default it would be most of the disk. */
const TEMPORARY_BYTES_MAX = '1GiB';

export class Database {
  readonly path: string;
  readonly writer: DuckDBConnection;
  readonly #instance: DuckDBInstance;
  readonly #reads = new Set<{ readonly done: Promise<unknown>; readonly stop: AbortController }>();
  #closing = false;

  private constructor(path: string, instance: DuckDBInstance, writer: DuckDBConnection) {
    this.path = path;
    this.#instance = instance;
    this.writer = writer;
  }

  /** Opens or makes the file. Throws `store.*`. */
  static async open(options: Pick<DuckDbOptions, 'path' | 'memory' | 'threads'>): Promise<Database> {
    const { path, memory, threads } = options;
    requireFreeFiles(path);
    try {
      await makeDirectory(dirname(path));
      await removeEmpty(path);
      const instance = await DuckDBInstance.create(path, {
        threads: String(threads),
        memory_limit: `${memory}B`,
        autoinstall_known_extensions: 'false',
        autoload_known_extensions: 'false',
        max_temp_directory_size: TEMPORARY_BYTES_MAX,
      });
      return new Database(path, instance, await connectOrClose(instance));
    } catch (error) {
      throw storeError(error, path);
    }
  }

  /** Runs `use` on a connection of its own, which the signal interrupts. Throws `store.*` or the signal's reason. */
  async read<T>(use: (connection: DuckDBConnection) => Promise<T>, signal: AbortSignal): Promise<T> {
    if (this.#closing) throw closing(this.path);
    const stop = new AbortController();
    const done = this.#read(use, AbortSignal.any([signal, stop.signal]));
    const entry = { done: done.catch(() => undefined), stop };
    this.#reads.add(entry);
    try {
      return await done;
    } finally {
      this.#reads.delete(entry);
    }
  }

  async #read<T>(use: (connection: DuckDBConnection) => Promise<T>, signal: AbortSignal): Promise<T> {
    const connection = await this.#instance.connect();
    let interrupts: NodeJS.Timeout | undefined;
    const interrupt = (): void => {
      connection.interrupt();
      interrupts ??= setInterval(() => connection.interrupt(), INTERRUPT_EVERY_MS);
    };
    signal.addEventListener('abort', interrupt);
    try {
      signal.throwIfAborted();
      return await use(connection);
    } catch (error) {
      signal.throwIfAborted();
      throw storeError(error, this.path);
    } finally {
      signal.removeEventListener('abort', interrupt);
      clearInterval(interrupts);
      connection.closeSync();
    }
  }

  /** Interrupts all queries, waits for them, and lets go of the file. */
  async close(): Promise<void> {
    this.#closing = true;
    for (const { stop } of this.#reads) stop.abort(closing(this.path));
    while (this.#reads.size > 0) await Promise.all([...this.#reads].map(({ done }) => done));
    try {
      this.writer.closeSync();
    } finally {
      this.#instance.closeSync();
    }
  }
}

async function connectOrClose(instance: DuckDBInstance): Promise<DuckDBConnection> {
  try {
    return await instance.connect();
  } catch (error) {
    instance.closeSync();
    throw error;
  }
}

/** A crash while DuckDB made the file can leave it empty, which DuckDB then takes for damage. It held nothing. */
async function removeEmpty(path: string): Promise<void> {
  const size = await stat(path).then(
    (found) => (found.isFile() ? found.size : null),
    () => null,
  );
  if (size === 0) await rm(path);
}

function closing(path: string): WeirError {
  return new WeirError('history.unavailable', `the embedded store ${path} is closing`, { retryable: true });
}
