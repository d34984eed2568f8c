import { encodeFrame, type Frame } from '@weir/protocol';
import { describe, expect, it } from 'vitest';
import { testHub, type TestHub } from '../e2e/hub.testing.js';
import { lastLine, weir } from '../weir-process.testing.js';

const EPOCH = 2 ** 40;

/** A device that lost 121 to 180 and had 3 refused; told over HTTP. */
async function hubWithLosses(): Promise<{ hub: TestHub; at: string[] }> {
  const hub = await testHub({ stores: { duckdb: { enabled: false } }, vitals: { interval: 0 } });
  const held = { epoch: EPOCH, held: [1, 185], anchor: null, deviceUtcUs: null } as const;
  const readings = (seq: number, channel = 0): Frame => ({
    type: 'readings',
    epoch: EPOCH,
    seq,
    columns: [{ channel, times: [seq], values: [seq] }],
  });
  const channel = { index: 0, name: 't', type: 'number', unit: 'Cel', intervalMs: null } as const;
  const frames: Frame[] = [
    { type: 'hello', version: 1, device: 'boiler-7', agent: '', monotonicUs: 1e9, epochs: [held] },
    { type: 'describe', epoch: EPOCH, seq: 1, channels: [channel] },
    ...Array.from({ length: 119 }, (_, i) => readings(i + 2, i === 1 ? 9 : 0)),
    { type: 'gap', epoch: EPOCH, seq: 181, lostEpoch: EPOCH, lost: [121, 180], reason: 1 },
  ];
  const response = await fetch(`${hub.hub.url}/api/v1/readings`, {
    method: 'POST',
    headers: { authorization: `Bearer ${hub.hub.token}`, 'content-type': 'application/cbor-seq' },
    body: Buffer.concat(frames.map(encodeFrame)),
  });
  expect(response.status).toBe(200);
  return { hub, at: ['--hub', hub.hub.url, '--token', hub.hub.token] };
}

describe('weir ledger', () => {
  it('shows totals and ranges, and ends with 3 when asked to check and something is lost', async () => {
    const { at } = await hubWithLosses();
    const shown = await weir(['ledger', 'boiler-7', ...at]).finished;
    expect(shown).toMatchObject({ code: 0, stderr: '' });
    expect(shown.stdout.replaceAll(/\d{4}-[\d: -]+Z/g, 'TIME')).toBe(`boiler-7: 118 readings in 1 epochs
  stored            120 frames
  pending             4 frames
  expired            60 frames   spool_bytes 60
  rejected            1 frames   protocol.unknown_channel 1

epoch ${EPOCH}: 118 readings
  1-2       stored
  3         rejected   protocol.unknown_channel   since TIME
  4-120     stored
  121-180   expired    spool_bytes                since TIME
  181       stored
  182-185   pending    on the device
`);
    expect((await weir(['ledger', 'boiler-7', '--check', ...at]).finished).code).toBe(3);
  });

  it('prints one JSON object, of all pages up to the limit, narrowed by state and epoch', async () => {
    const { at } = await hubWithLosses();
    const json = async (...more: string[]): Promise<unknown> =>
      lastLine((await weir(['ledger', 'boiler-7', '--json', ...more, ...at]).finished).stdout);
    expect(await json('--state', 'expired')).toMatchObject({
      totals: { stored: 120, pending: 4, expired: 60, rejected: 1 },
      epochs: [{ epoch: EPOCH, ranges: [{ first: 121, last: 180, policy: 'spool_bytes', code: null }] }],
      next_cursor: null,
    });
    expect(await json('--limit', '4')).toMatchObject({
      epochs: [{ ranges: [{ first: 1 }, { first: 3 }, { first: 4 }, { first: 121 }] }],
      next_cursor: `${EPOCH}.181`,
    });
    expect(await json('--epoch', '7')).toMatchObject({ totals: { stored: 0, epochs: 0 }, epochs: [] });
  });

  it('says what it cannot do', async () => {
    const { at } = await hubWithLosses();
    const unknown = await weir(['ledger', 'boiler-8', ...at]).finished;
    expect(unknown).toMatchObject({ code: 1, stdout: '' });
    expect(unknown.stderr).toContain('no device "boiler-8"');
    expect((await weir(['ledger', 'boiler-7', '--state', 'lost', ...at]).finished).code).toBe(2);
    const bad = await weir(['ledger', 'boiler-7', '--from', 'noon', ...at]).finished;
    expect(bad).toMatchObject({ code: 1 });
    expect(bad.stderr).toContain('expected RFC 3339');
  });
});
