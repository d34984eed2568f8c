/**
 * Tables of the embedded store, version 1. Open the file with any DuckDB while the hub is not running.
 *
 *   weir      (schema_version)                          one row
 *   cursor    (next)                                    one row: the log offset up to which readings are stored
 *   series    (id, device, channel, type, unit)
 *   readings  (series, time, value | flag | text, epoch, seq, idx, monotonic_us, uncertainty_us, clock_source)
 *
 * `time` is UTC in us. Of value, flag and text the one of the series' type is set. (series, epoch, seq, idx) is the
 * identity of a reading; no key enforces it, since a key costs four times the rest: the hub takes each frame once, and
 * cursor and readings are committed together. `clock_source`: 0 synced with the hub, 1 the device's clock, 2 bounded.
 */
import type { DuckDBConnection } from '@duckdb/node-api';
import { WeirError } from '@weir/runtime';
import type { SeriesInfo } from '../sink.js';

const SCHEMA_VERSION = 1;

const TABLES = [
  'CREATE TABLE weir (schema_version INTEGER NOT NULL)',
  `INSERT INTO weir VALUES (${SCHEMA_VERSION})`,
  'CREATE TABLE cursor (next BIGINT NOT NULL)',
  'INSERT INTO cursor VALUES (0)',
  `CREATE TABLE series (
    id UINTEGER NOT NULL, device VARCHAR NOT NULL, channel VARCHAR NOT NULL, type VARCHAR NOT NULL, unit VARCHAR NOT NULL
  )`,
  `CREATE TABLE readings (
    series UINTEGER NOT NULL, time TIMESTAMP NOT NULL, value DOUBLE, flag BOOLEAN, text VARCHAR,
    epoch BIGINT NOT NULL, seq UINTEGER NOT NULL, idx UINTEGER NOT NULL,
    monotonic_us BIGINT NOT NULL, uncertainty_us BIGINT NOT NULL, clock_source UTINYINT NOT NULL
  )`,
];

/** Makes the tables in an empty database. Throws `store.newer_schema` for one that a later version wrote. */
export async function prepareSchema(connection: DuckDBConnection): Promise<void> {
  const tables = await column(connection, "SELECT table_name FROM duckdb_tables() WHERE table_name = 'weir'");
  if (tables.length === 0) {
    for (const statement of ['BEGIN TRANSACTION', ...TABLES, 'COMMIT']) await connection.run(statement);
    return;
  }
  const version = Number((await column(connection, 'SELECT schema_version FROM weir'))[0]);
  if (version === SCHEMA_VERSION) return;
  throw new WeirError(
    'store.newer_schema',
    `the embedded store has schema version ${version}, this program knows ${SCHEMA_VERSION}`,
    { details: { version, known: SCHEMA_VERSION } },
  );
}

/** The log offset to go on from. */
export async function readCursor(connection: DuckDBConnection): Promise<number> {
  return Number((await column(connection, 'SELECT next FROM cursor'))[0]);
}

/** All series that the store has readings of. */
export async function readSeries(connection: DuckDBConnection): Promise<SeriesInfo[]> {
  const reader = await connection.runAndReadAll('SELECT id, device, channel, type, unit FROM series');
  return reader.getRows().map(([id, device, channel, type, unit]) => ({
    id: Number(id),
    device: String(device),
    channel: String(channel),
    type: type === 'boolean' || type === 'text' ? type : 'number',
    unit: String(unit),
  }));
}

async function column(connection: DuckDBConnection, sql: string): Promise<unknown[]> {
  const reader = await connection.runAndReadAll(sql);
  return reader.getRows().map(([value]) => value);
}
