/** The stream by polls and long polls, from a real log, through the real worker. */
import { Agent } from 'node:http';
import { seededEntropy } from '@weir/runtime';
import { waitFor } from '@weir/testing';
import { describe, expect, it, onTestFinished } from 'vitest';
import { EPOCH, request, startTestHub, WireDevice } from './hub.testing.js';
import { open, poll, range, seqsOf } from './stream-clients.testing.js';

describe('a poll', () => {
  it('answers at once with what is behind its cursor, and with the next one', async () => {
    const hub = await startTestHub();
    const device = await WireDevice.open(hub);
    device.describe(1);
    await device.acked(1);
    const now = await poll(hub, '');
    expect(now).toMatchObject({ status: 200, caughtUp: true, messages: [] });
    device.readings(2, [7]);
    await device.acked(2);
    const first = await poll(hub, `?from=${now.cursor}`);
    expect(first).toMatchObject({
      caughtUp: true,
      messages: [{ type: 'readings', cursor: first.cursor, batches: [{ device: 'pi-1', values: [7] }] }],
    });
    expect(await poll(hub, `?from=${first.cursor}`)).toMatchObject({ cursor: first.cursor, messages: [] });
    expect(seqsOf((await poll(hub, '?from=start')).messages)).toEqual([2]);
  });

  it('follows another without gap or repetition while readings flow, whatever its size and wait', async () => {
    const hub = await startTestHub();
    const device = await WireDevice.open(hub);
    device.describe(1);
    await device.acked(1);
    let { cursor } = await poll(hub, '?from=now');
    const last = 1_000;
    const flow = (async () => {
      for (let seq = 2; seq <= last; seq++) {
        device.readings(seq, [seq]);
        if (seq % 7 === 0) await device.acked(seq);
      }
    })();
    const entropy = seededEntropy(11);
    const seqs: number[] = [];
    for (let guard = 0; seqs.length < last - 1 && guard < 2_000; guard++) {
      const wait = ['', '&wait=1ms', '&wait=10s'][entropy.integer(0, 2)] ?? '';
      const answer = await poll(hub, `?from=${cursor}&limit_bytes=${entropy.integer(1, 4_000)}${wait}`);
      expect(Number(answer.cursor)).toBeGreaterThanOrEqual(Number(cursor));
      seqs.push(...seqsOf(answer.messages));
      ({ cursor } = answer);
    }
    await flow;
    expect(seqs).toEqual(range(2, last));
  });

  it('waits for the first thing that comes, of what it asked for', async () => {
    const hub = await startTestHub();
    const [one, two] = [await WireDevice.open(hub), await WireDevice.open(hub, { device: 'pi-2' })];
    one.describe(1);
    two.describe(1, 'tank/level');
    await Promise.all([one.acked(1), two.acked(1)]);
    const waiting = poll(hub, '?wait=30s&device=pi-2&channel=tank/*');
    await waitFor(() => hub.stats().waiting === 1);
    for (let seq = 2; seq <= 20; seq++) one.readings(seq);
    await one.acked(20);
    expect(hub.stats().waiting).toBe(1);
    two.readings(2, [5]);
    const { messages, caughtUp } = await waiting;
    expect(messages).toMatchObject([{ type: 'readings', batches: [{ device: 'pi-2', values: [5] }] }]);
    expect([messages.length, caughtUp]).toEqual([1, true]);
    expect(hub.stats().waiting).toBe(0);
  });

  it('says how far it looked when the wait is over, so that the next need not look again', async () => {
    const hub = await startTestHub();
    const device = await WireDevice.open(hub);
    device.describe(1);
    await device.acked(1);
    const { cursor } = await poll(hub, '');
    const waiting = poll(hub, `?from=${cursor}&wait=300ms&device=nobody`);
    await waitFor(() => hub.stats().waiting === 1);
    device.readings(2);
    await device.acked(2);
    const answer = await waiting;
    expect(answer).toMatchObject({ status: 200, caughtUp: true, messages: [] });
    expect(Number(answer.cursor)).toBe(hub.stats().log.durable);
    expect(seqsOf((await poll(hub, `?from=${cursor}`)).messages)).toEqual([2]);
  });

  it('brings a large log in parts, each of about the size that was asked for', async () => {
    const hub = await startTestHub();
    const device = await WireDevice.open(hub);
    device.describe(1);
    const last = 101;
    for (let seq = 2; seq <= last; seq++) device.readings(seq, range(1, 500));
    await device.acked(last);
    const seqs: number[] = [];
    const parts = [];
    for (let cursor = 'start', more = true; more;) {
      const part = await poll(hub, `?from=${cursor}&limit_bytes=50000`);
      expect(JSON.stringify(part.messages).length).toBeLessThan(100_000);
      seqs.push(...seqsOf(part.messages));
      parts.push(part.caughtUp);
      [cursor, more] = [part.cursor, !part.caughtUp];
    }
    expect(seqs).toEqual(range(2, last));
    expect(parts.length).toBeGreaterThan(10);
  });

  it('with mode=live is told of old readings in few words, together with the new ones', async () => {
    const hub = await startTestHub();
    const anchor = { monotonicUs: 3_605e6, utcUs: Date.now() * 1e3, uncertaintyUs: 500 };
    const epochs = [{ epoch: EPOCH, held: [1, 9] as const, anchor, deviceUtcUs: null }];
    const device = await WireDevice.open(hub, { hello: { epochs, monotonicUs: 3_605e6 } });
    device.describe(1);
    await device.acked(1);
    const { cursor } = await poll(hub, '');
    device.readings(2, range(1, 100));
    const column = { channel: 0, times: [3_605e6], values: [99] };
    device.send({ type: 'readings', epoch: 0, seq: 3, columns: [column] });
    await device.acked(3);
    const { messages } = await poll(hub, `?from=${cursor}&mode=live`);
    expect(messages.map(({ type }) => type).sort()).toEqual(['left_out', 'readings']);
    expect(seqsOf(messages)).toEqual([3]);
  });

  it('with a cursor of another log gets this one from its start, and is told', async () => {
    const hub = await startTestHub();
    const device = await WireDevice.open(hub);
    device.describe(1);
    device.readings(2);
    await device.acked(2);
    const { messages } = await poll(hub, '?from=999999999&wait=30s');
    expect(messages[0]?.reason).toMatch(/beyond the end/);
    expect(seqsOf(messages)).toEqual([2]);
  });

  it('leaves its connection for the next request, after a wait as well', async () => {
    const hub = await startTestHub();
    const agent = new Agent({ keepAlive: true, maxSockets: 1 });
    onTestFinished(() => agent.destroy());
    const ports = new Set<number | undefined>();
    for (const query of ['?wait=20ms', '', '?from=start', '?wait=20ms', '?wait=nonsense', '']) {
      const response = await open(hub, query, {}, agent);
      ports.add(response.socket.localPort);
      await new Promise((resolve) => response.resume().on('end', resolve));
    }
    expect(ports.size).toBe(1);
  });

  it('is forgotten when its client vanishes while it waits', async () => {
    const hub = await startTestHub({ limits: { waiters: 2 } });
    for (let round = 0; round < 5; round++) {
      const abort = new AbortController();
      const headers = { authorization: `Bearer ${hub.token}` };
      const gone = [1, 2].map(() =>
        fetch(`${hub.url}/api/v1/stream?wait=60s`, { headers, signal: abort.signal }).catch(() => 'gone'),
      );
      await waitFor(() => hub.stats().waiting === 2);
      abort.abort();
      expect(await Promise.all(gone)).toEqual(['gone', 'gone']);
      await waitFor(() => hub.stats().waiting === 0, { what: 'that nobody waits' });
    }
  });

  it('that would be one too many is told to come later; one that need not wait is served', async () => {
    const hub = await startTestHub({ limits: { waiters: 2 } });
    const waiting = [1, 2].map(() => poll(hub, '?wait=60s'));
    await waitFor(() => hub.stats().waiting === 2);
    const { status, headers, body } = await request(hub, '/api/v1/stream?wait=60s');
    expect([status, body]).toMatchObject([503, { error: { code: 'hub.busy', limit: 2 } }]);
    expect(headers.get('retry-after')).not.toBeNull();
    expect((await poll(hub, '')).status).toBe(200);
    const device = await WireDevice.open(hub);
    device.describe(1);
    device.readings(2, [3]);
    for (const answer of waiting) expect(seqsOf((await answer).messages)).toEqual([2]);
    expect((await request(hub, '/metrics')).body.text).toMatch(/^weir_hub_waiting_requests 0$/m);
  });

  it('is answered when the hub stops, with the cursor that it came with', async () => {
    const hub = await startTestHub();
    const { cursor } = await poll(hub, '');
    const waiting = poll(hub, `?from=${cursor}&wait=60s`);
    await waitFor(() => hub.stats().waiting === 1);
    await hub.close();
    expect(await waiting).toMatchObject({ status: 200, cursor, caughtUp: false, messages: [] });
  });

  it('with a wrong query gets a reason', async () => {
    const hub = await startTestHub();
    const wrong = [
      ...['from=yesterday', 'from=-1', 'from=1e3', 'from=', 'from=1&from=2', `from=${'1'.repeat(16)}`],
      ...['wait=1h', 'wait=-1s', 'wait=soon', 'limit_bytes=0', 'limit_bytes=1e9', 'limit_bytes=many'],
      ...['mode=some', 'device=', `channel=${'x'.repeat(129)}`, `name=${'x'.repeat(65)}`, 'wiat=1s'],
    ];
    for (const query of wrong) {
      const { status, body } = await request(hub, `/api/v1/stream?${query}`);
      expect([query, status, body]).toMatchObject([query, 400, { error: { code: 'hub.bad_request' } }]);
      expect((body.error as { message: string }).message).toContain(query.split('=')[0]);
    }
  });
});
