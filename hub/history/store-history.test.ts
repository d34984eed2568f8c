import { silentLogger } from '@weir/runtime';
import { makeFolder } from '@weir/testing';
import fc from 'fast-check';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { SinkWorker } from '../sinks/sink-worker.js';
import { duckdbOptions } from '../sinks/test/duckdb-options.js';
import { DOOR, EPOCH, MESSAGE, OFFSET_US, SampleLog, SERIES, TEMPERATURE } from '../sinks/test/sample-log.js';
import { AGGREGATES, type ReadingsQuery } from './history.js';
import { StoreHistory } from './store-history.js';
import { referenceRows, type Row } from './test/reference.js';

let folder: Awaited<ReturnType<typeof makeFolder>>;
let sample: SampleLog;
let worker: SinkWorker;
let history: StoreHistory;

/** Three epochs whose times overlap, so that many readings have equal times; in quarters, so that sums are exact. */
function fillWithTies(): void {
  for (const [i, epoch] of [EPOCH + 2, EPOCH, EPOCH + 1].entries())
    for (let seq = 1; seq <= 60; seq++) {
      const times = Array.from({ length: 7 }, (_, k) => seq * 3_500 + k * 1_000);
      sample.append({
        epoch,
        seq,
        uncertaintyUs: 10 * seq + i,
        columns: [
          { series: TEMPERATURE, times, values: times.map((_, k) => ((seq * 31 + k * 7 + i) % 97) / 4 - 10) },
          { series: DOOR, times: times.slice(0, 2), values: [seq % 3 === 0, seq % 2 === 0] },
          { series: MESSAGE, times: times.slice(3, 4), values: [`${i}:${seq}`] },
        ],
      });
    }
}

beforeAll(async () => {
  folder = await makeFolder();
  sample = await SampleLog.open(`${folder.path}/log`);
  fillWithTies();
  worker = await SinkWorker.start({
    name: 'embedded',
    kind: 'duckdb',
    options: duckdbOptions(`${folder.path}/readings.duckdb`, { query_timeout: 60_000 }),
    logDir: sample.dir,
    logger: silentLogger,
  });
  history = new StoreHistory(worker);
  worker.announce(SERIES);
  worker.announce([{ id: 9, device: 'silent', channel: 'a/b', type: 'number', unit: 'm' }]);
  worker.advance(await sample.flushed());
  await worker.caughtUp(sample.log.durable);
});
afterAll(async () => {
  await worker.close();
  await sample.close();
  await folder.remove();
});

const temperature = { device: TEMPERATURE.device, channel: TEMPERATURE.channel };

/** The rows of all pages, page after page. */
async function allPages(query: ReadingsQuery): Promise<Row[]> {
  const rows: Row[] = [];
  let cursor: string | undefined;
  do {
    const page = await history.readings({ ...query, ...(cursor === undefined ? {} : { cursor }) });
    expect(page.timesUs.length).toBeLessThanOrEqual(query.limit ?? 1_000);
    expect(page.nextCursor === null || page.timesUs.length === query.limit).toBe(true);
    page.timesUs.forEach((timeUs, i) =>
      rows.push({ timeUs, value: page.values[i] ?? '', uncertaintyUs: page.uncertaintyUs[i] ?? -1 }),
    );
    cursor = page.nextCursor ?? undefined;
  } while (cursor !== undefined);
  return rows;
}

const time = fc.integer({ min: OFFSET_US - 10_000, max: OFFSET_US + 240_000 });
const anyQuery = fc.record(
  {
    series: fc.constantFrom(TEMPERATURE, DOOR, MESSAGE),
    fromUs: time,
    toUs: time,
    stepUs: fc.constantFrom(1, 999, 1_000, 7_000, 100_000, 3_600_000_000),
    aggregate: fc.constantFrom(...AGGREGATES),
    order: fc.constantFrom('asc', 'desc'),
    limit: fc.integer({ min: 1, max: 200 }),
  },
  { requiredKeys: ['series', 'limit'] },
);

describe('history', () => {
  it('answers any query as a list in memory would, page by page', async () => {
    await fc.assert(
      fc.asyncProperty(anyQuery, async ({ series, ...rest }) => {
        const { aggregate, ...plain } = rest;
        const forText = aggregate === 'first' || aggregate === 'last' || aggregate === 'count';
        const allowed = rest.stepUs !== undefined && (series !== MESSAGE || forText);
        const query = { device: series.device, channel: series.channel, ...(allowed ? rest : plain) };
        expect(await allPages(query)).toEqual(referenceRows(sample.expected, query));
      }),
      { numRuns: 120 },
    );
  });

  it.each(['asc', 'desc'] as const)(
    'shows each reading once in pages of one, %s, although times are equal',
    async (order) => {
      const query = { ...temperature, fromUs: OFFSET_US + 10_000, toUs: OFFSET_US + 16_000, order, limit: 1 };
      const rows = await allPages(query);
      expect(new Set(rows.map(({ timeUs }) => timeUs)).size).toBeLessThan(rows.length / 2);
      expect(rows).toEqual(referenceRows(sample.expected, query));
    },
  );

  it('says what the channel is', async () => {
    expect(await history.readings({ ...temperature, limit: 1 })).toMatchObject({
      ...temperature,
      type: 'number',
      unit: 'Cel',
    });
  });

  it('has an empty page of a channel without readings, and none of one that is not there', async () => {
    const empty = { timesUs: [], values: [], uncertaintyUs: [], nextCursor: null };
    expect(await history.readings({ device: 'silent', channel: 'a/b' })).toMatchObject(empty);
    await expect(history.readings({ ...temperature, channel: 'no/such' })).rejects.toMatchObject({
      code: 'history.unknown_channel',
    });
  });

  it('counts readings and different ones', async () => {
    const readings = sample.expected.length;
    expect(await history.count()).toEqual({ readings, distinct: readings, epochs: 3 });
    expect(await history.count({ device: TEMPERATURE.device })).toEqual({
      readings,
      distinct: readings,
      epochs: 3,
    });
    expect(await history.count({ device: 'silent' })).toEqual({ readings: 0, distinct: 0, epochs: 0 });
  });

  it('takes names that look like SQL for names', async () => {
    const channel = "boiler/temperature' OR 1=1 --";
    await expect(history.readings({ ...temperature, channel })).rejects.toMatchObject({
      code: 'history.unknown_channel',
    });
    expect(await history.count({ device: channel })).toEqual({ readings: 0, distinct: 0, epochs: 0 });
  });

  it.each([
    ['limit', { limit: 0 }],
    ['limit', { limit: 50_001 }],
    ['limit', { limit: 1.5 }],
    ['step', { stepUs: 0 }],
    ['step', { stepUs: 2 ** 53 }],
    ['from', { fromUs: Number.NaN }],
    ['to', { toUs: 1e300 }],
    ['aggregate', { aggregate: 'mean' as const }],
    ['aggregate', { stepUs: 1, aggregate: 'median' as 'mean' }],
    ['order', { order: 'up' as 'asc' }],
    ['aggregate', { channel: MESSAGE.channel, stepUs: 1, aggregate: 'sum' as const }],
  ])('refuses a bad %s: %o', async (field, changes) => {
    await expect(history.readings({ ...temperature, ...changes })).rejects.toMatchObject({
      code: 'history.bad_query',
      message: expect.stringMatching(new RegExp(`^${field}: `)) as string,
    });
  });

  it.each([
    '',
    'r.1.2.3',
    'r.1.2.3.4.5',
    's.1',
    'r.1.2.3.99999999999',
    'r.9999999999999999.1.1.1',
    "r.1.1.1.1'",
    'x'.repeat(10_000),
  ])('refuses %j as a cursor', async (cursor) => {
    await expect(history.readings({ ...temperature, cursor })).rejects.toMatchObject({
      code: 'history.bad_cursor',
    });
  });

  it('refuses a cursor of a query with a step in one without', async () => {
    const { nextCursor } = await history.readings({ ...temperature, stepUs: 1_000, limit: 1 });
    await expect(history.readings({ ...temperature, cursor: nextCursor ?? '' })).rejects.toMatchObject({
      code: 'history.bad_cursor',
    });
  });

  it('ends a query that is cancelled, and answers the next', async () => {
    const stop = new AbortController();
    const query = expect(history.count({}, stop.signal)).rejects.toMatchObject({ code: 'history.cancelled' });
    stop.abort();
    await query;
    await expect(history.count({}, stop.signal)).rejects.toMatchObject({ code: 'history.cancelled' });
    expect((await history.count()).readings).toBe(sample.expected.length);
  });

  it('tells when more can be queried', async () => {
    const seen: number[] = [];
    const undo = history.onAdvanced((cursor) => seen.push(cursor));
    sample.appendDevice();
    worker.advance(await sample.flushed());
    await worker.caughtUp(sample.log.durable);
    undo();
    expect(seen).toEqual([sample.log.durable]);
  });
});
