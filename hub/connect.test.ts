/** Devices at the hub's own port, over real WebSockets. */
import { access, readdir, readFile, rm, writeFile } from 'node:fs/promises';
import type { IncomingHttpHeaders } from 'node:http';
import { connect as connectTcp } from 'node:net';
import { once } from 'node:events';
import { CloseCode, decodeFrame, encodeFrame, ErrorCode, vectors, type Vector } from '@weir/protocol';
import { LogReader } from '@weir/log';
import { waitFor } from '@weir/testing';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { WebSocket } from 'ws';
import { EPOCH, request, startTestHub, WireDevice } from './hub.testing.js';
import { decodeRecord, RecordKind, type HubRecord } from './ingest/record.js';
import type { Hub } from './main.js';

/** Every record in a hub's log. */
async function recordsOf(hub: Hub & { dataDir: string }): Promise<HubRecord[]> {
  const reader = await LogReader.open(join(hub.dataDir, 'log'));
  try {
    const { durable } = hub.stats().log;
    const records: HubRecord[] = [];
    for (let at = 0; at < durable;) {
      const batch = await reader.read(at, durable);
      records.push(...batch.records.flatMap(({ data }) => decodeRecord(data)));
      at = batch.next;
    }
    return records;
  } finally {
    await reader.close();
  }
}

const readingsOf = async (hub: Hub & { dataDir: string }): Promise<number[]> =>
  (await recordsOf(hub)).filter(({ kind }) => kind === RecordKind.readings).map(({ seq }) => seq);

describe('a device connection', () => {
  it('goes from hello to ack, and what was read is what is in the log', async () => {
    const hub = await startTestHub();
    const device = await WireDevice.open(hub);
    device.describe(1);
    device.readings(2, [21.57, -0.1]);
    await device.acked(2);
    const record = (await recordsOf(hub)).find(({ kind }) => kind === RecordKind.readings);
    expect(record).toMatchObject({ epoch: EPOCH, seq: 2 });
    const frame = decodeFrame(record?.frame ?? new Uint8Array());
    expect(frame.type === 'readings' && frame.columns[0]?.values).toEqual(Float64Array.of(21.57, -0.1));
  });

  it('gives a frame that is sent again after a reconnect no second record', async () => {
    const hub = await startTestHub();
    const first = await WireDevice.open(hub);
    first.describe(1);
    first.readings(2);
    first.readings(3);
    await first.acked(3);
    first.socket.terminate();
    const second = await WireDevice.open(hub);
    expect((await second.got('welcome')).settled).toEqual([[[1, 3]]]);
    second.readings(2);
    second.readings(3);
    second.readings(4);
    await second.acked(4);
    await second.acked(2);
    expect(await readingsOf(hub)).toEqual([2, 3, 4]);
    expect(hub.stats().ingest.duplicates).toBe(2);
  });

  it('knows what it has after a restart', async () => {
    const first = await startTestHub();
    const before = await WireDevice.open(first);
    before.describe(1);
    before.readings(2);
    before.send({ type: 'readings', epoch: 0, seq: 3, columns: [{ channel: 9, times: [1], values: [1] }] });
    await before.acked(2);
    await before.got('reject');
    await first.close();
    expect(await before.closed()).toMatchObject({ code: CloseCode.serviceRestart });
    const second = await startTestHub({ data_dir: first.dataDir });
    expect(second.token).toBe(first.token);
    const after = await WireDevice.open(second);
    expect((await after.got('welcome')).settled).toEqual([[[1, 2]]]);
    after.readings(2);
    after.readings(4);
    await after.acked(4);
    expect(await readingsOf(second)).toEqual([2, 4]);
  });

  it('finds damage in its log at a restart, says where, and keeps all the rest', async () => {
    const first = await startTestHub();
    const before = await WireDevice.open(first);
    before.describe(1);
    for (let seq = 2; seq <= 50; seq++) {
      before.readings(seq);
      // One after the other, so that each is a record of its own.
      await before.acked(seq);
    }
    await first.close();
    const folder = join(first.dataDir, 'log');
    const [segment = ''] = (await readdir(folder)).filter((name) => name.endsWith('.log'));
    const bytes = await readFile(join(folder, segment));
    const middle = Math.floor(bytes.length / 2);
    bytes[middle] = (bytes[middle] ?? 0) ^ 0xff;
    await writeFile(join(folder, segment), bytes);
    for (const name of ['registry', 'registry.previous'])
      await rm(join(first.dataDir, name), { force: true });
    const second = await startTestHub({ data_dir: first.dataDir });
    const [problem, ...others] = second.stats().log.problems;
    expect(others).toEqual([]);
    expect(problem?.file).toContain(segment);
    expect(problem?.position).toBeLessThanOrEqual(middle);
    expect((problem?.position ?? 0) + (problem?.length ?? 0)).toBeGreaterThan(middle);
    const after = await WireDevice.open(second);
    const settled = (await after.got('welcome')).settled[0]?.flatMap(([a, b]) => b - a + 1) ?? [];
    expect(settled.reduce((sum, count) => sum + count, 0)).toBe(49);
  });

  it('is taken over by a newer one of the same device', async () => {
    const hub = await startTestHub();
    const old = await WireDevice.open(hub);
    const fresh = await WireDevice.open(hub);
    expect(await old.closed()).toMatchObject({ code: CloseCode.replaced });
    expect((await old.got('goodbye')).code).toBe(CloseCode.replaced);
    await fresh.alive(1);
  });

  it('refuses a frame over the limit, naming limit and size, and lives on; a flood dies with 1009', async () => {
    const hub = await startTestHub({ limits: { frame_bytes: 4096 } });
    const [big, other] = [await WireDevice.open(hub), await WireDevice.open(hub, { device: 'pi-2' })];
    const text = (length: number): Uint8Array =>
      encodeFrame({
        type: 'readings',
        epoch: EPOCH,
        seq: 77,
        columns: [{ channel: 0, times: [1, 2], values: ['x'.repeat(length / 2), 'y'.repeat(length / 2)] }],
      });
    const bytes = text(4100);
    big.socket.send(bytes);
    expect(await big.got('reject')).toMatchObject({
      ...{ code: ErrorCode.frameTooLarge, limit: 4096, value: bytes.length, epoch: EPOCH, seq: 77 },
    });
    await big.alive(1);
    big.socket.send(Buffer.alloc(2 * 4096 + 1));
    expect(await big.closed()).toMatchObject({ code: CloseCode.messageTooBig });
    await other.alive(1);
  });

  it('survives a text message and is told what was wrong', async () => {
    const hub = await startTestHub();
    const device = await WireDevice.open(hub);
    device.socket.send('hello?');
    expect(await device.got('reject')).toMatchObject({ code: ErrorCode.malformed, epoch: null, seq: null });
    await device.alive(1);
  });

  it('is ended when the hub closes, with a goodbye before', async () => {
    const hub = await startTestHub();
    const device = await WireDevice.open(hub);
    await hub.close();
    expect(await device.closed()).toMatchObject({ code: CloseCode.serviceRestart });
    expect((await device.got('goodbye')).retryAfterMs).toBeGreaterThan(0);
  });

  it('answers commands of the API', async () => {
    const hub = await startTestHub();
    const device = await WireDevice.open(hub);
    const body = JSON.stringify({ name: 'set', channel: 'relay', value: true });
    const headers = { 'content-type': 'application/json' };
    const answer = request(hub, '/api/v1/devices/pi-1/commands', { body, headers });
    const command = await device.got('command');
    expect(command).toMatchObject({ name: 'set', channel: 'relay', value: true });
    device.send({ type: 'reply', id: command.id, ok: true, message: 'on' });
    expect(await answer).toMatchObject({ status: 200, body: { ok: true, message: 'on' } });
    device.socket.terminate();
    await waitFor(() => hub.stats().ingest.connections === 0);
    expect((await request(hub, '/api/v1/devices/pi-1/commands', { body, headers })).status).toBe(409);
    expect((await request(hub, '/api/v1/devices/pi-9/commands', { body, headers })).status).toBe(404);
  });
});

describe('the golden vectors', () => {
  it('each reach a live session, which goes on; others never notice', { timeout: 120_000 }, async () => {
    const hub = await startTestHub();
    const witness = await WireDevice.open(hub, { device: 'witness' });
    witness.describe(1);
    for (const [index, vector] of vectors().entries()) {
      const device = await WireDevice.open(hub, { device: `victim-${index}` });
      device.socket.send(vector.bytes);
      if (endsTheStream(vector)) await device.closed();
      else await device.alive(index);
      if (refused(vector.bytes)) await device.got('reject');
      device.socket.terminate();
      witness.readings(index + 2);
      await witness.acked(index + 2);
    }
    expect(witness.of('reject')).toEqual([]);
  });
});

/** A second hello, and a version that is not spoken. */
function endsTheStream({ frame, error }: Vector): boolean {
  return frame?.type === 'hello' || error?.code === 'unsupportedVersion';
}

function refused(bytes: Uint8Array): boolean {
  try {
    return !['hello', 'describe', 'readings', 'gap', 'reply', 'probe'].includes(decodeFrame(bytes).type);
  } catch {
    return true;
  }
}

describe('the door', () => {
  const offer = async (hub: Hub, path: string, headers: Record<string, string>, protocols = ['weir.v1']) => {
    const socket = new WebSocket(hub.url.replace('http', 'ws') + path, protocols, { headers });
    socket.on('error', () => undefined);
    const answer = await new Promise<{
      status: number;
      retryAfter: string | undefined;
      headers: IncomingHttpHeaders;
      body: string;
    }>((resolve) => {
      socket.on('open', () => {
        resolve({ status: 101, retryAfter: undefined, headers: {}, body: '' });
        socket.terminate();
      });
      socket.on('unexpected-response', (outgoing, response) => {
        let body = '';
        response.on('data', (chunk: Buffer) => (body += chunk.toString()));
        response.on('end', () => {
          const { statusCode: status = 0, headers } = response;
          resolve({ status, retryAfter: headers['retry-after'], headers, body });
          outgoing.destroy();
        });
      });
    });
    return answer;
  };
  const bearer = (token: string): Record<string, string> => ({ authorization: `Bearer ${token}` });

  it('turns a wrong token away before the upgrade, and after too many says when to come back', async () => {
    const hub = await startTestHub();
    const wrong = await offer(hub, '/api/v1/connect', bearer('nonsense-nonsense'));
    expect(wrong.status).toBe(401);
    expect(JSON.parse(wrong.body)).toMatchObject({ error: { code: 'auth.unauthorized' } });
    let last = wrong;
    for (let i = 0; i < 20; i++) last = await offer(hub, '/api/v1/connect', bearer('nonsense-nonsense'));
    expect(last.status).toBe(429);
    expect(Number(last.retryAfter)).toBeGreaterThan(0);
    expect((await offer(hub, '/api/v1/connect', bearer(hub.token))).status).toBe(101);
  });

  it('knows roles: 403 for a token that is for something else', async () => {
    const hub = await startTestHub({
      tokens: [
        { name: 'screen', role: 'read', token: 'a-token-that-reads' },
        { name: 'pi', role: 'device', token: 'a-token-that-sends', device: 'pi-*' },
      ],
    });
    expect((await offer(hub, '/api/v1/connect', bearer('a-token-that-reads'))).status).toBe(403);
    expect(
      (await offer(hub, '/api/v1/stream', bearer('a-token-that-sends'), ['weir.stream.v1'])).status,
    ).toBe(403);
    expect((await request(hub, '/api/v1/devices', { token: 'a-token-that-sends' })).status).toBe(403);
    expect((await request(hub, '/api/v1/devices', { token: 'a-token-that-reads' })).status).toBe(200);
    const device = await WireDevice.connect(hub, { token: 'a-token-that-sends', device: 'boiler' });
    device.hello();
    expect(await device.got('reject')).toMatchObject({ code: ErrorCode.deviceMismatch, value: 'boiler' });
    expect(await device.closed()).toMatchObject({ code: CloseCode.forbidden });
    await WireDevice.open(hub, { token: 'a-token-that-sends', device: 'pi-7' });
  });

  it('takes the token as a subprotocol, for browsers', async () => {
    const hub = await startTestHub();
    expect((await offer(hub, '/api/v1/connect', {}, ['weir.v1', `bearer.${hub.token}`])).status).toBe(101);
  });

  it('says 404, 400 and 503 in their places', async () => {
    const hub = await startTestHub({ limits: { connections: 1 } });
    expect((await offer(hub, '/elsewhere', bearer(hub.token))).status).toBe(404);
    expect((await offer(hub, '/api/v1/connect', bearer(hub.token), ['mqtt'])).status).toBe(400);
    expect(
      (await offer(hub, '/api/v1/stream?from=yesterday', bearer(hub.token), ['weir.stream.v1'])).status,
    ).toBe(400);
    await WireDevice.open(hub);
    const full = await offer(hub, '/api/v1/connect', bearer(hub.token));
    expect(full.status).toBe(503);
    expect(Number(full.retryAfter)).toBeGreaterThan(0);
  });

  it('gives a turn to whoever comes too soon, keeps it for its ticket, and lets subscribers in meanwhile', async () => {
    const hub = await startTestHub({ limits: { connects_per_second: 2 } });
    const knock = (ticket?: string) =>
      offer(hub, '/api/v1/connect', {
        ...bearer(hub.token),
        ...(ticket === undefined ? {} : { 'weir-ticket': ticket }),
      });
    let refused = await knock();
    while (refused.status === 101) refused = await knock();
    const { 'retry-after': seconds, 'weir-retry-after-ms': ms, 'weir-ticket': ticket } = refused.headers;
    expect(refused.status).toBe(503);
    expect(Number(seconds)).toBe(Math.max(1, Math.ceil(Number(ms) / 1000)));
    expect(ticket).toMatch(/^[\x21-\x7e]{1,64}$/);
    for (let i = 0; i < 5; i++) await knock();
    expect((await offer(hub, '/api/v1/stream', bearer(hub.token), ['weir.stream.v1'])).status).toBe(101);
    await new Promise((resolve) => setTimeout(resolve, Number(ms)));
    expect((await knock()).status).toBe(503);
    expect((await knock(String(ticket))).status).toBe(101);
    expect((await knock(String(ticket))).status).toBe(503);
  });

  it('spreads a crowd: beyond so many a second it says when to come back', async () => {
    const hub = await startTestHub({ limits: { connects_per_second: 1 } });
    const answers = await Promise.all(
      Array.from({ length: 12 }, () => offer(hub, '/api/v1/connect', bearer(hub.token))),
    );
    const statuses = new Set(answers.map(({ status }) => status));
    expect(statuses).toEqual(new Set([101, 503]));
  });

  it('does not wait for ever for a request that does not end', async () => {
    const hub = await startTestHub();
    const socket = connectTcp(hub.port, '127.0.0.1');
    await once(socket, 'connect');
    socket.write('GET /api/v1/connect HTTP/1.1\r\nHost: x\r\nUpgrade: websocket\r\nConn');
    socket.on('error', () => undefined);
    const device = await WireDevice.open(hub);
    await device.alive(1);
    await hub.close();
    await waitFor(() => socket.destroyed || socket.readableEnded || socket.closed, {
      what: 'the end of the slow request',
    });
  });

  it('withstands requests that no client would make', async () => {
    const hub = await startTestHub();
    const upgrade = 'Host: x\r\nConnection: Upgrade\r\nUpgrade: websocket\r\n';
    for (const line of [
      'GET //',
      'GET http://[',
      'GET /api/v1/connect?%',
      'OPTIONS *',
      'GET /api/v1/connect?from=%ff',
    ]) {
      const socket = connectTcp(hub.port, '127.0.0.1');
      socket.on('error', () => undefined);
      socket.write(`${line} HTTP/1.1\r\n${upgrade}Authorization: Bearer ${hub.token}\r\n\r\n`);
      const [answer] = (await once(socket, 'data')) as [Buffer];
      expect(answer.toString(), line).toMatch(/^HTTP\/1\.1 4\d\d /);
      socket.destroy();
    }
    const device = await WireDevice.open(hub);
    await device.alive(1);
  });

  it('names the port that is taken and the flag that changes it', async () => {
    const hub = await startTestHub();
    const unused = join(hub.dataDir, 'second');
    const second = startTestHub({ listen: { port: hub.port }, data_dir: unused });
    await expect(second).rejects.toMatchObject({ code: 'hub.port_taken' });
    await expect(second).rejects.toThrow(new RegExp(`${hub.port}.*--listen-port`));
    await expect(access(unused), 'nothing is left of a hub that never was').rejects.toThrow('ENOENT');
  });

  it('lets one hub have a data folder', async () => {
    const hub = await startTestHub();
    await expect(startTestHub({ data_dir: hub.dataDir })).rejects.toMatchObject({ code: 'log.locked' });
  });
});

describe('back-pressure', () => {
  it('reads no more than the log can take, and loses nothing of a flood', async () => {
    const hub = await startTestHub({
      log: { pending_bytes: 64 * 1024 },
      limits: { frame_bytes: 16 * 1024 },
      session: { credit: 4096 },
    });
    const device = await WireDevice.open(hub);
    device.describe(1);
    for (let seq = 2; seq <= 400; seq++) {
      device.readings(
        seq,
        Array.from({ length: 500 }, (_, i) => Math.sin(i)),
      );
    }
    await device.acked(400);
    expect(hub.stats().ingest).toMatchObject({ readings: 399 * 500, rejected: 0, paused: 0 });
    expect(await readingsOf(hub)).toEqual(Array.from({ length: 399 }, (_, i) => i + 2));
  });
});
