/** Runs history queries on the embedded store, beside the writes, in the store's own worker. */
import type { DuckDBConnection } from '@duckdb/node-api';
import type { ReadingValue } from '@weir/protocol';
import { WeirError } from '@weir/runtime';
import type { Database } from '../sinks/duckdb/database.js';
import type { SeriesInfo } from '../sinks/sink.js';
import type { CheckedQuery } from './check-query.js';
import { Gate } from './gate.js';
import { clockSourceName } from '../ingest/record.js';
import type { OriginalReadings, ReadingsCount, ReadingsPage } from './history.js';
import { formatPageCursor, type PageCursor } from './page-cursor.js';
import { readingsSql } from './readings-sql.js';

export type HistoryRequest =
  | { readonly kind: 'readings'; readonly query: CheckedQuery }
  | { readonly kind: 'count'; readonly device: string | null };

/** What each kind of request is answered with. */
export interface HistoryAnswers {
  readings: ReadingsPage;
  count: ReadingsCount;
}

export interface StoreQueriesParts {
  readonly database: () => Database | null;
  readonly findSeries: (device: string, channel: string) => SeriesInfo | undefined;
  readonly limits: { readonly running: number; readonly waiting: number; readonly timeoutMs: number };
}

export class StoreQueries {
  readonly #parts: StoreQueriesParts;
  readonly #gate: Gate;

  constructor(parts: StoreQueriesParts) {
    this.#parts = parts;
    this.#gate = new Gate(parts.limits);
  }

  /** Throws `history.*` or `store.*`; the time limit counts from here. */
  async run(request: HistoryRequest, signal: AbortSignal): Promise<ReadingsPage | ReadingsCount> {
    const { timeoutMs } = this.#parts.limits;
    const timeout = new AbortController();
    const timer = setTimeout(() => timeout.abort(timedOut(timeoutMs)), timeoutMs);
    const either = AbortSignal.any([signal, timeout.signal]);
    try {
      return await this.#gate.pass(() => this.#answer(request, either), either);
    } finally {
      clearTimeout(timer);
    }
  }

  #answer(request: HistoryRequest, signal: AbortSignal): Promise<ReadingsPage | ReadingsCount> {
    const database = this.#parts.database();
    if (database === null)
      throw new WeirError('history.unavailable', 'the embedded store is not open at the moment', {
        retryable: true,
      });
    if (request.kind === 'count')
      return database.read((connection) => count(connection, request.device), signal);
    const { query } = request;
    const series = this.#parts.findSeries(query.device, query.channel);
    if (series === undefined)
      throw new WeirError(
        'history.unknown_channel',
        `no channel ${query.channel} of a device ${query.device}`,
      );
    return database.read((connection) => readPage(connection, query, series), signal);
  }
}

async function readPage(
  connection: DuckDBConnection,
  query: CheckedQuery,
  series: SeriesInfo,
): Promise<ReadingsPage> {
  const { text, values: parameters, types } = readingsSql(query, series);
  const rows = (await connection.runAndReadAll(text, parameters, types)).getRows();
  const more = rows.length > query.limit;
  if (more) rows.pop();
  const last = rows.at(-1);
  return {
    device: series.device,
    channel: series.channel,
    type: series.type,
    unit: series.unit,
    timesUs: rows.map(([time]) => Number(time)),
    values: rows.map(([, value]) => plain(value)),
    uncertaintyUs: rows.map(([, , uncertainty]) => Number(uncertainty)),
    ...(query.original ? { original: originalOf(rows) } : {}),
    nextCursor: more && last !== undefined ? formatPageCursor(cursorOf(last.map(Number))) : null,
  };
}

function originalOf(rows: readonly (readonly unknown[])[]): OriginalReadings {
  const numbers = (at: number): number[] => rows.map((row) => Number(row[at]));
  return {
    epochs: numbers(3),
    seqs: numbers(4),
    indexes: numbers(5),
    monotonicUs: numbers(6),
    clocks: numbers(7).map((code) => clockSourceName(code)),
  };
}

function cursorOf([timeUs = 0, , , epoch, seq = 0, idx = 0]: readonly number[]): PageCursor {
  return epoch === undefined ? { kind: 'step', timeUs } : { kind: 'reading', timeUs, epoch, seq, idx };
}

function plain(value: unknown): ReadingValue {
  if (typeof value === 'bigint') return Number(value);
  if (typeof value === 'number' || typeof value === 'boolean' || typeof value === 'string') return value;
  throw new WeirError('store.failed', `the embedded store gave ${String(value)} as a value`);
}

async function count(connection: DuckDBConnection, device: string | null): Promise<ReadingsCount> {
  const of = device === null ? '' : 'WHERE series IN (SELECT id FROM series WHERE device = $device)';
  const text =
    `SELECT (SELECT count(*) FROM readings ${of}), ` +
    `(SELECT count(*) FROM (SELECT DISTINCT series, epoch, seq, idx FROM readings ${of})), ` +
    `(SELECT count(DISTINCT epoch) FROM readings ${of})`;
  const reader = await connection.runAndReadAll(text, device === null ? {} : { device });
  const [row = []] = reader.getRows();
  return { readings: Number(row[0]), distinct: Number(row[1]), epochs: Number(row[2]) };
}

function timedOut(timeoutMs: number): WeirError {
  return new WeirError('history.timeout', `the query took longer than ${timeoutMs} ms`, {
    retryable: true,
    details: { timeoutMs },
  });
}
