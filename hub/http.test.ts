/** The hub over HTTP: readings in, and what is told of it. */
import { encodeFrame, type Frame } from '@weir/protocol';
import { describe, expect, it } from 'vitest';
import { consoleFolder } from './api/console.js';
import { EPOCH, request, startTestHub, WireDevice } from './hub.testing.js';
import type { Hub } from './main.js';

const SENML = { 'content-type': 'application/senml+json' };
const SENML_CBOR = { 'content-type': 'application/senml+cbor' };
const FRAMES = { 'content-type': 'application/cbor-seq' };

const post = (hub: Hub, pack: unknown, headers: Record<string, string> = SENML, query = '') =>
  request(hub, `/api/v1/readings${query}`, { body: JSON.stringify(pack), headers });

const sequence = (...frames: Frame[]): Uint8Array => Buffer.concat(frames.map(encodeFrame));

const hello = (device = 'http-1'): Frame => ({
  type: 'hello',
  version: 1,
  device,
  agent: 'curl/8',
  monotonicUs: 60e6,
  epochs: [{ epoch: EPOCH, held: null, anchor: null, deviceUtcUs: null }],
});
const describeFrame: Frame = {
  type: 'describe',
  epoch: EPOCH,
  seq: 1,
  channels: [{ index: 0, name: 't', type: 'number', unit: 'Cel', intervalMs: null }],
};
const readingsFrame = (seq: number, channel = 0): Frame => ({
  type: 'readings',
  epoch: EPOCH,
  seq,
  columns: [{ channel, times: [59e6 + seq], values: [seq] }],
});

async function channelsOf(hub: Hub, device: string): Promise<Record<string, unknown>[]> {
  const { body } = await request(hub, `/api/v1/channels?device=${device}`);
  return body.channels as Record<string, unknown>[];
}

describe('frames over HTTP', () => {
  it('are taken as over the WebSocket: stored, known the second time, refused one by one', async () => {
    const hub = await startTestHub();
    const body = sequence(hello(), describeFrame, readingsFrame(2), readingsFrame(3, 9), readingsFrame(4));
    const first = await request(hub, '/api/v1/readings', { body, headers: FRAMES });
    expect(first).toMatchObject({
      status: 200,
      body: {
        stored: 3,
        duplicates: 0,
        rejected: [{ index: 3, code: 'unknownChannel', limit: null, value: 9 }],
      },
    });
    const second = await request(hub, '/api/v1/readings', { body, headers: FRAMES });
    expect(second.body).toMatchObject({
      stored: 0,
      duplicates: 3,
      rejected: [{ index: 3, code: 'unknownChannel' }],
    });
    expect(await channelsOf(hub, 'http-1')).toMatchObject([
      { channel: 't', unit: 'Cel', last: { value: 4 } },
    ]);
    expect(hub.stats().log.durable).toBe(hub.stats().log.end);
  });

  it.each([
    ['no CBOR', Buffer.from('hello'), 'malformed'],
    ['nothing', Buffer.alloc(0), 'helloExpected'],
    ['no hello', sequence(readingsFrame(1)), 'helloExpected'],
    ['a hello cut short', encodeFrame(hello()).subarray(0, 20), 'malformed'],
    ['a version that is not spoken', Buffer.from('8601026470692d31600580', 'hex'), 'unsupportedVersion'],
    ['a hello without an epoch', Buffer.from('8601016470692d31600580', 'hex'), 'wrongType'],
  ])('are refused whole when the body has %s', async (_what, body, code) => {
    const hub = await startTestHub();
    const answer = await request(hub, '/api/v1/readings', { method: 'POST', body, headers: FRAMES });
    expect(answer).toMatchObject({ status: 400, body: { error: { code } } });
    expect(hub.stats().ingest.frames).toBe(0);
  });

  it('name epochs by id: an index means nothing outside a session', async () => {
    const hub = await startTestHub();
    const body = sequence(hello(), { ...describeFrame, epoch: 0 });
    const { body: taken } = await request(hub, '/api/v1/readings', { body, headers: FRAMES });
    expect(taken).toMatchObject({ stored: 0, rejected: [{ index: 1, code: 'unknownEpoch', value: 0 }] });
  });

  it('may be sent with a token for that device alone', async () => {
    const hub = await startTestHub({
      tokens: [{ name: 'one', role: 'device', token: 'a-token-for-http-1', device: 'http-1' }],
    });
    const token = 'a-token-for-http-1';
    const mine = await request(hub, '/api/v1/readings', { token, body: sequence(hello()), headers: FRAMES });
    expect(mine.status).toBe(200);
    const other = await request(hub, '/api/v1/readings', {
      token,
      body: sequence(hello('http-2')),
      headers: FRAMES,
    });
    expect(other).toMatchObject({
      status: 400,
      body: { error: { code: 'deviceMismatch', value: 'http-2' } },
    });
  });
});

describe('SenML over HTTP', () => {
  it('stores the example of RFC 8428, section 5.1.2', async () => {
    const hub = await startTestHub();
    const pack = [
      { bn: 'urn:dev:ow:10e2073a01080063:', n: 'voltage', u: 'V', v: 120.1 },
      { n: 'current', u: 'A', v: 1.2 },
    ];
    expect((await post(hub, pack)).body).toEqual({ stored: 2, duplicates: 0, rejected: [] });
    expect(await channelsOf(hub, 'urn:dev:ow:10e2073a01080063')).toMatchObject([
      { channel: 'voltage', type: 'number', unit: 'V', last: { value: 120.1 } },
      { channel: 'current', type: 'number', unit: 'A', last: { value: 1.2 } },
    ]);
    const { body } = await request(hub, '/api/v1/devices');
    expect(body.devices).toMatchObject([
      { device: 'urn:dev:ow:10e2073a01080063', state: 'online', readings: 2 },
    ]);
  });

  it('stores CBOR, with every type of value', async () => {
    const hub = await startTestHub();
    // [{-2: "pi-1/", 0: "t", 1: "Cel", 2: 21.5}, {0: "label", 3: "Machine Room"}, {0: "open", 4: false}]
    const body = Buffer.from(
      '83a4216570692d312f0061740163' +
        '43656c02f94d60' +
        'a200656c6162656c036c4d616368696e6520526f6f6d' +
        'a200646f70656e04f4',
      'hex',
    );
    const answer = await request(hub, '/api/v1/readings', { body, headers: SENML_CBOR });
    expect(answer.body).toEqual({ stored: 3, duplicates: 0, rejected: [] });
    expect(await channelsOf(hub, 'pi-1')).toMatchObject([
      { channel: 't', type: 'number', last: { value: 21.5 } },
      { channel: 'label', type: 'text', last: { value: 'Machine Room' } },
      { channel: 'open', type: 'boolean', last: { value: false } },
    ]);
  });

  it('refuses single records with their place and takes the others', async () => {
    const hub = await startTestHub();
    await post(hub, [{ n: 'pi-1/t', u: 'Cel', v: 1 }]);
    const answer = await post(hub, [
      { n: 'pi-1/t', u: 'K', v: 274 },
      { n: 'pi-1/t', vs: 'warm' },
      { n: 'nowhere', v: 1 },
      { n: 'pi-1/t', v: 2 },
    ]);
    expect(answer).toMatchObject({
      status: 200,
      body: {
        stored: 1,
        rejected: [
          { index: 0, code: 'channelConflict', value: 't' },
          { index: 1, code: 'valueType', value: 't' },
          { index: 2, code: 'invalidName', value: 'nowhere' },
        ],
      },
    });
  });

  it('takes the device from the query, or from a token for one device', async () => {
    const hub = await startTestHub({
      tokens: [{ name: 'one', role: 'device', token: 'a-token-for-pi-2', device: 'pi-2' }],
    });
    await post(hub, [{ n: 'boiler/t', v: 1 }], SENML, '?device=pi-1');
    expect(await channelsOf(hub, 'pi-1')).toMatchObject([{ channel: 'boiler/t' }]);
    const body = JSON.stringify([{ n: 't', v: 1 }]);
    await request(hub, '/api/v1/readings', { body, headers: SENML, token: 'a-token-for-pi-2' });
    expect(await channelsOf(hub, 'pi-2')).toMatchObject([{ channel: 't' }]);
    const foreign = await request(hub, '/api/v1/readings?device=pi-1', {
      body,
      headers: SENML,
      token: 'a-token-for-pi-2',
    });
    expect(foreign.body).toMatchObject({ stored: 0, rejected: [{ code: 'deviceMismatch', value: 'pi-1' }] });
  });

  it('adds nothing for a request sent again with its idempotency key, not even after a restart', async () => {
    const hub = await startTestHub();
    const headers = { ...SENML, 'idempotency-key': 'order-66' };
    const pack = [
      { bn: 'pi-1/', n: 't', v: 1, t: -5 },
      { n: 't', v: 2 },
      { n: 'door', vb: true },
    ];
    expect((await post(hub, pack, headers)).body).toMatchObject({ stored: 3, duplicates: 0 });
    expect((await post(hub, pack, headers)).body).toMatchObject({ stored: 0, duplicates: 3 });
    await hub.close();
    const again = await startTestHub({ data_dir: hub.dataDir });
    expect((await post(again, pack, headers)).body).toMatchObject({ stored: 0, duplicates: 3 });
    expect((await post(again, pack, { ...headers, 'idempotency-key': 'order-67' })).body).toMatchObject({
      stored: 3,
    });
  });

  it('takes as many readings as fit in a request', async () => {
    const hub = await startTestHub();
    const pack = Array.from({ length: 20_000 }, (_, i) => ({ n: `pi-1/c${i % 7}`, v: i, t: -i / 100 }));
    expect((await post(hub, pack)).body).toEqual({ stored: 20_000, duplicates: 0, rejected: [] });
    const { body } = await request(hub, '/api/v1/devices');
    expect(body.devices).toMatchObject([{ readings: 20_000, channels: 7 }]);
  });

  it('refuses channels beyond the limit of a device', async () => {
    const hub = await startTestHub();
    const pack = Array.from({ length: 1030 }, (_, i) => ({ n: `pi-1/c${i}`, v: i }));
    const { body } = await post(hub, pack);
    expect(body).toMatchObject({ stored: 1024 });
    expect(body.rejected).toHaveLength(6);
    expect(body.rejected).toMatchObject([
      { index: 1024, code: 'tooManyChannels', limit: 1024 },
      {},
      {},
      {},
      {},
      {},
    ]);
  });

  it.each([
    ['no JSON', '{"n"', SENML, 400, 'malformed'],
    ['an object', '{}', SENML, 400, 'wrongType'],
    ['a nested array', `${'['.repeat(10_000)}${']'.repeat(10_000)}`, SENML, 200, undefined],
    ['a poisoned prototype', '[{"__proto__":{"n":"pi-1/x","v":1}}]', SENML, 200, undefined],
    ['another version', '[{"bver":99,"n":"a/b","v":1}]', SENML, 400, 'unsupportedVersion'],
    ['deep CBOR', Buffer.alloc(500, 0x81), SENML_CBOR, 400, 'tooDeep'],
    ['another media type', 'a,b', { 'content-type': 'text/csv' }, 415, 'hub.unsupported_media_type'],
    ['plain JSON', '[]', { 'content-type': 'application/json' }, 415, 'hub.unsupported_media_type'],
  ])('withstands a body that is %s', async (_what, body, headers, status, code) => {
    const hub = await startTestHub();
    const answer = await request(hub, '/api/v1/readings', { body, headers });
    expect(answer.status).toBe(status);
    if (code !== undefined) expect(answer.body).toMatchObject({ error: { code } });
    expect(hub.stats().ingest.frames).toBe(0);
  });

  it('refuses a body over the limit before reading it all', async () => {
    const hub = await startTestHub({ limits: { body_bytes: 1000 } });
    const answer = await post(hub, [{ n: 'a/b', vs: 'x'.repeat(2000) }]);
    expect(answer).toMatchObject({
      status: 413,
      body: { error: { code: 'hub.body_too_large', limit: 1000, value: 2021 } },
    });
    const body = new Blob(['['.repeat(2000)]).stream();
    const chunked = await fetch(`${hub.url}/api/v1/readings`, {
      method: 'POST',
      headers: { ...SENML, authorization: `Bearer ${hub.token}` },
      body,
      duplex: 'half',
    });
    expect(chunked.status).toBe(413);
    expect(await chunked.json()).toMatchObject({ error: { limit: 1000, value: null } });
  });

  it('tells a time that no number can hold, and has taken the records beside it', async () => {
    const hub = await startTestHub();
    const answer = await post(hub, [
      { n: 'pi-1/t', v: 1 },
      { n: 'pi-1/t', v: 2, t: 1.7e308 },
    ]);
    expect(answer).toMatchObject({
      status: 200,
      body: { stored: 1, rejected: [{ index: 1, code: 'outOfRange', value: 'Infinity' }] },
    });
  });
});

describe('what the hub tells', () => {
  it('answers health without a token, everything else with one', async () => {
    const hub = await startTestHub();
    for (const path of ['/healthz', '/readyz']) {
      expect((await fetch(hub.url + path)).status).toBe(200);
    }
    for (const path of [
      '/api/v1/devices',
      '/api/v1/channels',
      '/api/v1/readings',
      '/api/v1/stats',
      '/metrics',
    ]) {
      const answer = await fetch(hub.url + path);
      expect(answer.status).toBe(401);
      expect(answer.headers.get('www-authenticate')).toBe('Bearer');
    }
  });

  it('says what is wrong with a request, and where', async () => {
    const hub = await startTestHub();
    const device = await WireDevice.open(hub);
    device.describe(1);
    await device.acked(1);
    const error = async (path: string): Promise<unknown> => (await request(hub, path)).body.error;
    expect(await error('/nope')).toMatchObject({ code: 'hub.not_found' });
    expect(await error('/api/v1/channels?device=x')).toMatchObject({ code: 'hub.not_found', value: 'x' });
    expect(await error('/api/v1/readings?device=pi-1&channel=boiler/temperature')).toMatchObject({
      code: 'hub.no_history',
    });
    expect(await error('/api/v1/readings?device=pi-1')).toMatchObject({ code: 'hub.bad_request' });
    expect(await error('/api/v1/readings?device=pi-1&channel=x&form=now')).toMatchObject({
      message: expect.stringMatching(/form/) as string,
    });
  });

  it('serves the console where it is built, in nobody’s frame, and runs without it', async () => {
    const [hub, bare] = [await startTestHub(), await startTestHub({ console: { enabled: false } })];
    const page = await fetch(hub.url);
    expect(page.status).toBe(consoleFolder() === null ? 404 : 200);
    if (page.ok) {
      expect(page.headers.get('content-security-policy')).toMatch(
        /default-src 'self'.*frame-ancestors 'none'/,
      );
      expect(page.headers.get('cache-control')).toBe('no-cache');
      const [script = ''] = /assets\/[^"]+\.js/.exec(await page.text()) ?? [];
      const answer = await fetch(`${hub.url}/${script}`);
      expect(answer.headers.get('cache-control')).toMatch(/immutable/);
    }
    expect((await fetch(bare.url)).status).toBe(404);
    expect((await fetch(`${bare.url}/healthz`)).status).toBe(200);
  });

  it('has Prometheus figures', async () => {
    const hub = await startTestHub();
    const device = await WireDevice.open(hub);
    device.describe(1);
    device.readings(2, [1, 2, 3]);
    await device.acked(2);
    const text = (await request(hub, '/metrics')).body.text as string;
    expect(text).toMatch(/^weir_hub_readings_total 3$/m);
    expect(text).toMatch(/^weir_hub_frames_total 2$/m);
    expect(text).toMatch(/^weir_hub_connections 1$/m);
    expect(text).toMatch(/^weir_hub_ack_latency_seconds_count 2$/m);
    expect(text).toMatch(/^weir_hub_log_ok 1$/m);
    expect(text).toMatch(/^weir_hub_event_loop_delay_seconds /m);
  });
});
