import { WeirError } from '@weir/runtime';
import { temporaryFolder } from '@weir/testing';
import { describe, expect, it, onTestFinished } from 'vitest';
import { Database } from '../sinks/duckdb/database.js';
import { prepareSchema } from '../sinks/duckdb/schema.js';
import { duckdbOptions } from '../sinks/test/duckdb-options.js';
import { TEMPERATURE } from '../sinks/test/sample-log.js';
import { checkQuery } from './check-query.js';
import { StoreQueries, type StoreQueriesParts } from './store-queries.js';

async function database(): Promise<Database> {
  const opened = await Database.open(duckdbOptions(`${await temporaryFolder()}/readings.duckdb`));
  await prepareSchema(opened.writer);
  onTestFinished(() => opened.close());
  return opened;
}

function queriesOn(store: Database | null, limits: Partial<StoreQueriesParts['limits']> = {}): StoreQueries {
  return new StoreQueries({
    database: () => store,
    findSeries: () => TEMPERATURE,
    limits: { running: 1, waiting: 1, timeoutMs: 60_000, ...limits },
  });
}

const never = new AbortController().signal;
const question = { kind: 'readings', query: checkQuery({ device: 'a', channel: 'b' }) } as const;

/** Makes the table so large in name that no query of it ends. */
async function makeEndless(store: Database): Promise<void> {
  await store.writer.run('DROP TABLE readings');
  await store.writer.run(
    `CREATE VIEW readings AS SELECT ${TEMPERATURE.id}::UINTEGER AS series, make_timestamp(range) AS time, random() AS value,
      false AS flag, '' AS text, range AS epoch, 1::UINTEGER AS seq, 1::UINTEGER AS idx, 1::BIGINT AS monotonic_us,
      1::BIGINT AS uncertainty_us, 0::UTINYINT AS clock_source FROM range(1000000000000)`,
  );
}

describe('queries of the embedded store', () => {
  it('end at their time limit, the waiting included', async () => {
    const store = await database();
    await makeEndless(store);
    const queries = queriesOn(store, { timeoutMs: 100 });
    const outcomes = [queries.run(question, never), queries.run(question, never)];
    for (const outcome of await Promise.allSettled(outcomes))
      expect(outcome).toMatchObject({ reason: { code: 'history.timeout', retryable: true } });
  });

  it('are refused when too many wait', async () => {
    const store = await database();
    await makeEndless(store);
    const queries = queriesOn(store);
    const stop = new AbortController();
    const outcomes = Promise.allSettled([
      queries.run(question, stop.signal),
      queries.run(question, stop.signal),
    ]);
    await expect(queries.run(question, never)).rejects.toMatchObject({
      code: 'history.busy',
      retryable: true,
    });
    stop.abort(new WeirError('history.cancelled', 'given up'));
    for (const outcome of await outcomes)
      expect(outcome).toMatchObject({ reason: { code: 'history.cancelled' } });
  });

  it('are refused while the store is not open', async () => {
    await expect(queriesOn(null).run(question, never)).rejects.toMatchObject({
      code: 'history.unavailable',
      retryable: true,
    });
  });

  it('do not wait for a writer, nor it for them', async () => {
    const store = await database();
    await store.writer.run('BEGIN TRANSACTION');
    await store.writer.run("INSERT INTO series VALUES (1, 'a', 'b', 'number', '')");
    expect(await queriesOn(store).run({ kind: 'count', device: null }, never)).toEqual({
      readings: 0,
      distinct: 0,
      epochs: 0,
    });
    await store.writer.run('COMMIT');
  });
});
