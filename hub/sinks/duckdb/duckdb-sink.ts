/**
 * The embedded store as a sink: readings, new series and the cursor in one transaction, so that a crash at any moment
 * leaves either all of a batch or nothing of it, and the cursor says which.
 */
import { BIGINT, UINTEGER, type DuckDBConnection } from '@duckdb/node-api';
import { WeirError } from '@weir/runtime';
import type { SeriesInfo, Sink, SinkBatch } from '../sink.js';
import type { DuckDbOptions } from './config.js';
import { Database } from './database.js';
import { requireFreeFiles } from './free-files.js';
import { ReadingsAppender } from './readings-appender.js';
import { prepareSchema, readCursor, readSeries } from './schema.js';
import { storeError } from './store-error.js';

export class DuckDbSink implements Sink {
  readonly quarantined = 0;
  readonly #options: DuckDbOptions;
  #database: Database | null = null;
  readonly #series = new Map<number, SeriesInfo>();

  constructor(options: DuckDbOptions) {
    this.#options = options;
  }

  /** For queries; null while the store is not open. */
  get database(): Database | null {
    return this.#database;
  }

  async open(): Promise<number> {
    const database = await Database.open(this.#options);
    try {
      await prepareSchema(database.writer);
      this.#series.clear();
      for (const series of await readSeries(database.writer)) this.#series.set(series.id, series);
      const cursor = await readCursor(database.writer);
      this.#database = database;
      return cursor;
    } catch (error) {
      await database.close();
      throw storeError(error, this.#options.path);
    }
  }

  async write(batch: SinkBatch): Promise<void> {
    const writer = this.#database?.writer;
    if (writer === undefined) throw new WeirError('sink.closed', 'the embedded store is not open');
    const fresh = this.#freshSeries(batch);
    requireFreeFiles(this.#options.path);
    try {
      await writer.run('BEGIN TRANSACTION');
      await insertSeries(writer, fresh);
      await appendReadings(writer, batch);
      await writer.run('UPDATE cursor SET next = $1', [BigInt(batch.next)], [BIGINT]);
      await writer.run('COMMIT');
    } catch (error) {
      throw storeError(error, this.#options.path);
    }
    for (const series of fresh) this.#series.set(series.id, series);
  }

  async close(): Promise<void> {
    const database = this.#database;
    this.#database = null;
    await database?.close();
  }

  /** Series of the batch that the store does not have yet. Throws when it has another one under the same id. */
  #freshSeries(batch: SinkBatch): SeriesInfo[] {
    const fresh = new Map<number, SeriesInfo>();
    for (const { series } of batch.columns) {
      const known = this.#series.get(series.id);
      if (known === undefined) fresh.set(series.id, series);
      else if (!same(known, series)) throw conflict(known, series, this.#options.path);
    }
    return [...fresh.values()];
  }
}

async function insertSeries(writer: DuckDBConnection, series: readonly SeriesInfo[]): Promise<void> {
  for (const { id, device, channel, type, unit } of series) {
    const types = [UINTEGER];
    await writer.run(
      'INSERT INTO series VALUES ($1, $2, $3, $4, $5)',
      [id, device, channel, type, unit],
      types,
    );
  }
}

async function appendReadings(writer: DuckDBConnection, batch: SinkBatch): Promise<void> {
  if (batch.readings === 0) return;
  const appender = new ReadingsAppender(await writer.createAppender('readings'));
  try {
    for (const column of batch.columns) appender.append(column);
    appender.finish();
  } catch (error) {
    appender.abandon();
    throw error;
  }
}

function same(a: SeriesInfo, b: SeriesInfo): boolean {
  return (
    a === b || (a.device === b.device && a.channel === b.channel && a.type === b.type && a.unit === b.unit)
  );
}

function conflict(known: SeriesInfo, series: SeriesInfo, path: string): WeirError {
  const text = (each: SeriesInfo): string => `${each.device} ${each.channel} (${each.type}, "${each.unit}")`;
  return new WeirError(
    'store.series_conflict',
    `the embedded store ${path} has ${text(known)} as series ${series.id}, the log has ${text(series)}: ` +
      'the store was filled from another log; move it away and the hub fills a new one',
    { details: { path, series: series.id } },
  );
}
