/** The stream as server-sent events, from a real log, through the real worker. */
import { seededEntropy } from '@weir/runtime';
import { waitFor } from '@weir/testing';
import { describe, expect, it } from 'vitest';
import { WebSocket } from 'ws';
import { request, startTestHub, WireDevice } from './hub.testing.js';
import { EventReader, open, range } from './stream-clients.testing.js';
import { patientTimers } from './patient-timers.testing.js';

const EVENTS = { accept: 'text/event-stream' };

describe('server-sent events', () => {
  it('are the messages of a subscription, each with its type and cursor', async () => {
    const hub = await startTestHub();
    const device = await WireDevice.open(hub);
    device.describe(1);
    await device.acked(1);
    const reader = await EventReader.open(hub, '?name=page');
    await waitFor(() => reader.messages.some(({ type }) => type === 'caught_up'));
    device.readings(2, [7]);
    await waitFor(() => reader.seqs.length === 1);
    for (const { event, id, data } of reader.events) {
      expect(event).toBe(data.type);
      expect(id).toBe(data.cursor ?? null);
    }
    expect(reader.messages.find(({ type }) => type === 'device')?.device?.state).toBe('online');
    expect(reader.retryMs).toBeGreaterThan(0);
    expect(reader.response.headers).toMatchObject({
      'content-type': 'text/event-stream',
      'cache-control': expect.stringContaining('no-store') as string,
      'x-accel-buffering': 'no',
      'x-content-type-options': 'nosniff',
    });
    expect(reader.response.headers['content-encoding']).toBeUndefined();
    expect(hub.stats().streams).toMatchObject([{ name: 'page', carrier: 'sse', remote: '127.0.0.1' }]);
    reader.response.destroy();
    await waitFor(() => hub.stats().streams.length === 0, { what: 'the end of the subscription' });
  });

  it('go on behind Last-Event-ID however often the connection breaks: no gap, no repetition', async () => {
    const hub = await startTestHub();
    const device = await WireDevice.open(hub);
    device.describe(1);
    await device.acked(1);
    const last = 400;
    const flow = (async () => {
      for (let seq = 2; seq <= last; seq++) {
        device.readings(seq, [seq]);
        if (seq % 10 === 0) await device.acked(seq);
      }
    })();
    const entropy = seededEntropy(5);
    const seqs: number[] = [];
    let lastEventId = '';
    for (let guard = 0; seqs.length < last - 1 && guard < 200; guard++) {
      const resume = lastEventId === '' ? {} : { 'last-event-id': lastEventId };
      // A query from before the break: the header goes first, as with a browser's EventSource.
      const reader = await EventReader.open(hub, '?from=start', resume);
      const wanted = entropy.integer(1, 60);
      await waitFor(() => reader.seqs.length >= Math.min(wanted, last - 1 - seqs.length));
      seqs.push(...reader.seqs);
      ({ lastEventId } = reader);
      reader.response.destroy();
    }
    await flow;
    expect(seqs).toEqual(range(2, last));
  });

  it('name a cursor before anything is sent, so that nothing falls into a break right after', async () => {
    const hub = await startTestHub();
    const device = await WireDevice.open(hub);
    device.describe(1);
    await device.acked(1);
    const first = await EventReader.open(hub, '?device=nobody');
    first.response.destroy();
    device.readings(2);
    await device.acked(2);
    const second = await EventReader.open(hub, '', { 'last-event-id': first.lastEventId });
    await waitFor(() => second.seqs.length === 1);
    expect(second.seqs).toEqual([2]);
  });

  it('wait for a slow reader, which delays nobody and gets everything', async () => {
    const hub = await startTestHub({ limits: { subscriber_bytes: 20_000 } });
    const device = await WireDevice.open(hub);
    device.describe(1);
    await device.acked(1);
    const slow = await EventReader.open(hub, '?from=start&name=slow');
    slow.response.pause();
    const quick = await EventReader.open(hub, '?from=start&name=quick');
    const values = range(1, 2_000).map((i) => i / 7);
    const last = 301;
    for (let seq = 2; seq <= last; seq++) {
      device.readings(seq, values);
      if (seq % 100 === 0) await device.acked(seq);
    }
    await waitFor(() => quick.seqs.length === last - 1, { what: 'all readings at the quick one' });
    const lag = (name: string): number =>
      hub.stats().streams.find((each) => each.name === name)?.lag_bytes ?? 0;
    await waitFor(() => lag('quick') === 0);
    expect(lag('slow')).toBeGreaterThan(0);
    slow.response.resume();
    await waitFor(() => slow.seqs.length === last - 1, { what: 'all readings at the slow one' });
    expect(slow.seqs).toEqual(quick.seqs);
  });

  it('cut off who takes nothing any more, and beat for the others', async () => {
    const timers = patientTimers(10_000);
    const hub = await startTestHub({ limits: { subscriber_bytes: 20_000 } }, { timers });
    const device = await WireDevice.open(hub);
    device.describe(1);
    const names = (): string[] => hub.stats().streams.map(({ name }) => name);
    const dead = await EventReader.open(hub, '?from=start&name=dead');
    dead.response.pause();
    const alive = await EventReader.open(hub, '?from=start&name=alive');
    // More than the buffers of two sockets hold, so that the kernel takes no heartbeat either.
    const values = range(1, 8_000).map((i) => i / 7);
    const lag = (): number => hub.stats().streams.find(({ name }) => name === 'dead')?.lag_bytes ?? 0;
    for (let seq = 2; lag() < 1e6 && seq < 500; seq++) {
      device.readings(seq, values);
      if (seq % 20 === 0) await device.acked(seq);
    }
    await waitFor(() =>
      hub.stats().streams.some(({ name, lag_bytes: left }) => name === 'alive' && left === 0),
    );
    for (let beat = 1; beat <= 3; beat++) {
      expect(names().sort()).toEqual(['alive', 'dead']);
      timers.pass();
      await waitFor(() => alive.comments === beat);
    }
    timers.pass();
    await waitFor(() => names().length === 1, { what: 'the end of the dead one' });
    expect(names()).toEqual(['alive']);
  });

  it('end cleanly when the hub stops, with the time to come back', async () => {
    const hub = await startTestHub();
    const reader = await EventReader.open(hub);
    const before = reader.retryMs ?? 0;
    await hub.close();
    await waitFor(() => reader.ended !== null);
    expect(reader.ended).toBe('cleanly');
    expect(reader.retryMs).toBeGreaterThan(before);
  });

  it('count with the WebSockets against the limit of subscribers', async () => {
    const hub = await startTestHub({ limits: { subscribers: 2 } });
    await EventReader.open(hub);
    const socket = new WebSocket(`${hub.url.replace('http', 'ws')}/api/v1/stream`, [
      'weir.stream.v1',
      `bearer.${hub.token}`,
    ]);
    await waitFor(() => socket.readyState === socket.OPEN);
    expect(
      hub
        .stats()
        .streams.map(({ carrier }) => carrier)
        .sort(),
    ).toEqual(['sse', 'websocket']);
    const { status, headers, body } = await request(hub, '/api/v1/stream', { headers: EVENTS });
    expect([status, body]).toMatchObject([503, { error: { code: 'hub.busy' } }]);
    expect(Number(headers.get('weir-retry-after-ms'))).toBeGreaterThan(0);
    expect(Number(headers.get('retry-after'))).toBeGreaterThan(0);
    socket.terminate();
    await waitFor(() => hub.stats().streams.length === 1);
    await EventReader.open(hub);
  });

  it('take their turn with the other subscribers', async () => {
    const hub = await startTestHub({ limits: { connects_per_second: 1 } });
    const knock = async (ticket = '') =>
      (await open(hub, '', { ...EVENTS, ...(ticket === '' ? {} : { 'weir-ticket': ticket }) })).statusCode;
    let refused = await open(hub, '', EVENTS);
    while (refused.statusCode === 200) refused = await open(hub, '', EVENTS);
    const { 'weir-ticket': ticket, 'weir-retry-after-ms': ms } = refused.headers;
    expect(refused.statusCode).toBe(503);
    await new Promise((resolve) => setTimeout(resolve, Number(ms)));
    expect(await knock(String(ticket))).toBe(200);
    expect(await knock(String(ticket))).toBe(503);
  });

  it('are for whoever names them in Accept, with a token, and a query that is right', async () => {
    const hub = await startTestHub();
    const typeFor = async (accept: string) => (await open(hub, '', { accept })).headers['content-type'];
    for (const accept of ['text/event-stream', 'Text/Event-Stream;q=0.5', 'text/html, text/event-stream']) {
      expect(await typeFor(accept)).toMatch(/^text\/event-stream/);
    }
    for (const accept of [
      '',
      '*/*',
      'application/json',
      'text/event-stream;q=0',
      'text/event-streams',
      ';,;',
    ]) {
      expect(await typeFor(accept), accept).toMatch(/^application\/json/);
    }
    const refused = async (query: string, headers: Record<string, string> = {}) => {
      const { status, body } = await request(hub, `/api/v1/stream${query}`, {
        headers: { ...EVENTS, ...headers },
      });
      return [status, (body.error as { message: string }).message];
    };
    expect(await refused('?wait=1s')).toEqual([400, expect.stringContaining('wait')]);
    expect(await refused('?from=yesterday')).toEqual([400, expect.stringContaining('from')]);
    expect(await refused('?form=now')).toEqual([400, expect.stringContaining('form')]);
    for (const id of ['x', '-1', '1e3', '1'.repeat(16), '1, 2', '\u00ff']) {
      expect(await refused('', { 'last-event-id': id }), id).toEqual([
        400,
        expect.stringContaining('last-event-id'),
      ]);
    }
    expect((await refused('', { authorization: 'Bearer nonsense-nonsense' }))[0]).toBe(401);
    expect((await request(hub, '/api/v1/stream', { method: 'HEAD', headers: EVENTS })).status).toBe(404);
  });
});
