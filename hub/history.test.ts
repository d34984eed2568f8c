/** Past readings over HTTP, from the embedded store. */
import { waitFor } from '@weir/testing';
import { describe, expect, it } from 'vitest';
import { request, startTestHub, WireDevice } from './hub.testing.js';
import type { Hub } from './main.js';

const PATH = '/api/v1/readings?device=pi-1&channel=boiler/temperature';
/** Such that the first reading, at monotonic 5,002,000 us, is at this UTC. */
const START_US = Date.parse('2026-01-01T00:00:00Z') * 1000;
const MONOTONIC_US = 5_002_000;
const ANCHOR = { monotonicUs: 0, utcUs: START_US - 5_002_000, uncertaintyUs: 250 };

interface Page {
  readonly times_us: number[];
  readonly values: number[];
  readonly uncertainty_us: number[];
  readonly original?: Record<string, unknown[]>;
  readonly next_cursor: string | null;
}

const page = async (hub: Hub, query = ''): Promise<Page> => {
  const { status, body } = await request(hub, PATH + query);
  expect(body.error).toBeUndefined();
  expect(status).toBe(200);
  return body as unknown as Page;
};

/** A hub whose store has the readings 1 to 10 of one channel, 1 ms apart, anchored in an earlier boot. */
async function hubWithReadings(): Promise<{ hub: Hub; device: WireDevice }> {
  const hub = await startTestHub({ stores: { duckdb: { max_delay: '20ms' } } });
  const current = { epoch: 2 ** 41, held: null, anchor: null, deviceUtcUs: null };
  const former = { epoch: 2 ** 40, held: [1, 100] as const, anchor: ANCHOR, deviceUtcUs: null };
  const device = await WireDevice.open(hub, { hello: { epochs: [current, former] } });
  device.describe(1, 'boiler/temperature', 1);
  for (let seq = 2; seq <= 11; seq++) device.readings(seq, [seq - 1], 1);
  await waitFor(async () => (await request(hub, '/api/v1/readings/count')).body.readings === 10);
  return { hub, device };
}

describe('past readings', () => {
  it('come with their times, placed by the anchor, and their uncertainty', async () => {
    const { hub } = await hubWithReadings();
    const all = await page(hub);
    expect(all.values).toEqual([1, 2, 3, 4, 5, 6, 7, 8, 9, 10]);
    expect(all.times_us).toEqual(all.values.map((value) => START_US + (value - 1) * 1000));
    // The anchor's own 250 us, and the drift of a crystal to the end of the two seconds that have one offset.
    const driftUs = 1e-4 * (MONOTONIC_US + 2e6 - ANCHOR.monotonicUs);
    expect(new Set(all.uncertainty_us)).toEqual(new Set([Math.ceil(250 + driftUs)]));
    expect((await request(hub, '/api/v1/readings/count?device=pi-1')).body).toEqual({
      readings: 10,
      distinct: 10,
      epochs: 1,
    });
  });

  it('bring along what the device sent, where that is asked for', async () => {
    const { hub } = await hubWithReadings();
    const { original, times_us: times } = await page(hub, '&include=original&order=desc&limit=2');
    expect(original).toEqual({
      epochs: [2 ** 40, 2 ** 40],
      seqs: [11, 10],
      indexes: [0, 0],
      monotonic_us: times.map((timeUs) => timeUs - START_US + MONOTONIC_US),
      clocks: ['synced', 'synced'],
    });
    expect((await page(hub)).original).toBeUndefined();
    const { status, body } = await request(hub, `${PATH}&include=original&step=1m`);
    expect(status).toBe(400);
    expect(body.error).toMatchObject({ code: 'history.bad_query' });
  });

  it('can be cut by time in every form, ordered, paged and aggregated', async () => {
    const { hub } = await hubWithReadings();
    expect(
      (await page(hub, '&from=2026-01-01T00:00:00.003Z&to=2026-01-01T01:00:00.005%2B01:00')).values,
    ).toEqual([4, 5]);
    expect((await page(hub, `&from=${START_US + 8000}`)).values).toEqual([9, 10]);
    expect((await page(hub, '&from=-1h&to=now')).values).toEqual([]);
    expect((await page(hub, '&order=desc&limit=3')).values).toEqual([10, 9, 8]);
    const step = await page(hub, '&step=5ms&aggregate=max');
    expect(step).toMatchObject({ times_us: [START_US, START_US + 5000], values: [5, 10] });
    const pages: number[][] = [];
    for (let cursor: string | null = ''; cursor !== null;) {
      const next: Page = await page(
        hub,
        `&limit=4${cursor === '' ? '' : `&cursor=${encodeURIComponent(cursor)}`}`,
      );
      pages.push(next.values);
      cursor = next.next_cursor;
    }
    expect(pages).toEqual([
      [1, 2, 3, 4],
      [5, 6, 7, 8],
      [9, 10],
    ]);
  });

  it('say what cannot be asked', async () => {
    const { hub } = await hubWithReadings();
    const code = async (query: string): Promise<unknown> => {
      const { status, body } = await request(hub, PATH + query);
      return [status, (body.error as { code: string }).code];
    };
    expect(await code('&from=yesterday')).toEqual([400, 'hub.bad_request']);
    expect(await code('&limit=0')).toEqual([400, 'hub.bad_request']);
    expect(await code('&aggregate=max')).toEqual([400, 'history.bad_query']);
    expect(await code('&cursor=nonsense')).toEqual([400, 'history.bad_cursor']);
    expect(await code('&wait=1h')).toEqual([400, 'hub.bad_request']);
    expect((await request(hub, '/api/v1/readings?device=pi-1&channel=x')).status).toBe(404);
  });

  it('can be waited for: the answer comes with the reading', async () => {
    const { hub, device } = await hubWithReadings();
    const from = `&from=${START_US + 10_000}`;
    expect((await page(hub, `${from}&wait=50ms`)).values).toEqual([]);
    const waiting = page(hub, `${from}&wait=60s`);
    // A reading of another channel is not what it waits for.
    device.send({
      type: 'describe',
      epoch: 1,
      seq: 20,
      channels: [{ index: 1, name: 'other', type: 'number', unit: '', intervalMs: null }],
    });
    device.readings(21, [0], 1, 1);
    device.readings(12, [11], 1);
    expect((await waiting).values).toEqual([11]);
    expect((await page(hub, `${from}&wait=60s`)).values).toEqual([11]);
  });

  it('can be waited for by many at once, up to the limit', async () => {
    const hub = await startTestHub({ stores: { duckdb: { max_delay: '20ms' } }, limits: { waiters: 3 } });
    const device = await WireDevice.open(hub);
    device.describe(1);
    await waitFor(async () => (await request(hub, PATH)).status === 200, { what: 'an open store' });
    const waiting = [1, 2, 3].map(() => page(hub, '&wait=60s'));
    const surplus = await waitFor(async () => {
      const answer = await request(hub, `${PATH}&wait=10ms`);
      return answer.status === 503 ? answer : null;
    });
    expect(surplus.headers.get('retry-after')).not.toBeNull();
    device.readings(2, [5]);
    for (const answer of waiting) expect((await answer).values).toEqual([5]);
  });
});
