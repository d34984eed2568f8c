/** The loss ledger over HTTP. */
import { describe, expect, it } from 'vitest';
import { EPOCH, request, startTestHub, WireDevice } from './hub.testing.js';
import type { Hub } from './main.js';

interface Range {
  readonly first: number;
  readonly last: number;
  readonly state: string;
  readonly policy: string | null;
}
interface Page {
  readonly totals: Record<string, unknown>;
  readonly epochs: { readonly epoch: number; readonly open: boolean; readonly ranges: Range[] }[];
  readonly next_cursor: string | null;
}

const LEDGER = '/api/v1/devices/pi-1/ledger';

async function ledger(hub: Hub, query = ''): Promise<Page> {
  const { status, body } = await request(hub, LEDGER + query);
  expect(status).toBe(200);
  return body as unknown as Page;
}

/** A device that has told of a loss, had a frame refused, and holds what it has not sent. */
async function losing(hub: Hub): Promise<WireDevice> {
  const held = { epoch: EPOCH, held: [1, 9] as const, anchor: null, deviceUtcUs: null };
  const device = await WireDevice.open(hub, { hello: { epochs: [held] } });
  device.describe(1);
  device.readings(2, [1], 0, 7);
  device.readings(3, [1, 2, 3]);
  device.send({ type: 'gap', epoch: 0, seq: 8, lostEpoch: 0, lost: [4, 6], reason: 2 });
  await device.acked(8);
  return device;
}

describe('the ledger over HTTP', () => {
  it('tells each range and its state, with policy, code and totals', async () => {
    const hub = await startTestHub();
    await losing(hub);
    expect(await ledger(hub)).toMatchObject({
      device: 'pi-1',
      totals: {
        ...{ stored: 3, pending: 2, expired: 3, rejected: 1, readings: 3, epochs: 1 },
        expired_by: { spool_age: 3 },
        rejected_by: { 'protocol.unknown_channel': 1 },
      },
      dropped_bytes: 0,
      epochs: [
        {
          ...{ epoch: EPOCH, open: true, closed_us: null, readings: 3 },
          ranges: [
            { first: 1, last: 1, state: 'stored', policy: null, code: null, since_us: null, sinks: [] },
            { first: 2, last: 2, state: 'rejected', code: 'protocol.unknown_channel' },
            { first: 3, last: 3, state: 'stored' },
            { first: 4, last: 6, state: 'expired', policy: 'spool_age' },
            { first: 7, last: 7, state: 'pending', where: 'device' },
            { first: 8, last: 8, state: 'stored' },
            { first: 9, last: 9, state: 'pending', where: 'device' },
          ],
        },
      ],
      next_cursor: null,
    });
  });

  it('is the same after a restart, and says what a device lost that came back without it', async () => {
    const hub = await startTestHub();
    await losing(hub);
    const before = await ledger(hub);
    await hub.close();
    const again = await startTestHub({ data_dir: hub.dataDir });
    expect(await ledger(again)).toEqual(before);
    const next = { epoch: EPOCH + 1, held: null, anchor: null, deviceUtcUs: null };
    await WireDevice.open(again, { hello: { epochs: [next] } });
    const { totals } = await ledger(again);
    expect(totals).toMatchObject({ pending: 0, expired: 5, expired_by: { spool_age: 3, not_held: 2 } });
  });

  it('comes in pages, which together are the whole, however small', async () => {
    const hub = await startTestHub();
    await losing(hub);
    const current = { epoch: EPOCH + 1, held: null, anchor: null, deviceUtcUs: null };
    const device = await WireDevice.open(hub, { hello: { epochs: [current] } });
    device.describe(1);
    await device.acked(1);
    const whole = await ledger(hub);
    expect(whole.epochs.map(({ epoch }) => epoch)).toEqual([EPOCH + 1, EPOCH]);
    for (const limit of [1, 2, 3, 7, 8]) {
      const ranges: Range[] = [];
      for (let cursor: string | null = ''; cursor !== null;) {
        const page: Page = await ledger(hub, `?limit=${limit}${cursor && `&cursor=${cursor}`}`);
        const found = page.epochs.flatMap((each) => each.ranges);
        expect(found.length).toBe(
          Math.min(limit, whole.epochs.flatMap((each) => each.ranges).length - ranges.length),
        );
        ranges.push(...found);
        cursor = page.next_cursor;
      }
      expect(ranges).toEqual(whole.epochs.flatMap((each) => each.ranges));
    }
    const expired = await ledger(hub, '?state=expired&limit=1');
    expect(expired.epochs).toMatchObject([{ epoch: EPOCH, ranges: [{ first: 4, last: 6 }] }]);
    expect((await ledger(hub, `?epoch=${EPOCH + 1}`)).epochs).toHaveLength(1);
  });

  it('is refused with the place of the fault', async () => {
    const hub = await startTestHub();
    await losing(hub);
    const refusal = async (query: string): Promise<unknown> =>
      (await request(hub, LEDGER + query)).body.error;
    expect(await refusal('?limit=0')).toMatchObject({ message: expect.stringMatching(/limit/) as string });
    expect(await refusal('?state=lost')).toMatchObject({ code: 'hub.bad_request' });
    expect(await refusal('?cursor=9.9')).toMatchObject({ code: 'history.bad_cursor', value: '9.9' });
    expect((await request(hub, '/api/v1/devices/none/ledger')).status).toBe(404);
    expect((await fetch(hub.url + LEDGER)).status).toBe(401);
  });

  it('remembers epochs that the tables let go', async () => {
    const hub = await startTestHub();
    await losing(hub);
    for (let run = 1; run <= 70; run++) {
      const current = { epoch: EPOCH + run, held: null, anchor: null, deviceUtcUs: null };
      const device = await WireDevice.open(hub, { hello: { epochs: [current] } });
      device.describe(1);
      await device.acked(1);
    }
    const { totals, epochs } = await ledger(hub);
    expect(totals).toMatchObject({ epochs: 71, stored: 73, expired: 5, rejected: 1 });
    expect(epochs.at(-1)).toMatchObject({ epoch: EPOCH, open: false, readings: 3 });
    await hub.close();
    const again = await startTestHub({ data_dir: hub.dataDir });
    expect((await ledger(again)).totals).toEqual(totals);
  });
});
