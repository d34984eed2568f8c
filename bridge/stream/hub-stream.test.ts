import { describe, expect, it, onTestFinished } from 'vitest';
import { systemClock, systemTimers } from '@weir/runtime';
import { waitFor } from '@weir/testing';
import { ManualTime } from '../timers.testing.js';
import { FakeHub, numbers } from './fake-hub.testing.js';
import { readHubStream, streamUrl, type HubStreamDeps } from './hub-stream.js';
import type { StreamMessage } from './message.js';

const DEPS: HubStreamDeps = { clock: systemClock, timers: systemTimers, onOpen: () => undefined };

async function hubOf(): Promise<FakeHub> {
  const hub = await FakeHub.start();
  onTestFinished(() => hub.stop());
  return hub;
}

function read(
  hub: FakeHub,
  signal: AbortSignal,
  deps: Partial<HubStreamDeps> = {},
): AsyncGenerator<StreamMessage> {
  const settings = {
    hub: hub.url,
    token: () => Promise.resolve(hub.token),
    name: 'test',
    connectTimeoutMs: 5_000,
    deadlineMs: 30_000,
  };
  return readHubStream(settings, 'start', { ...DEPS, ...deps }, signal);
}

describe('stream URLs', () => {
  it.each([
    ['ws://127.0.0.1:8087', 'ws://127.0.0.1:8087/api/v1/stream?from=12&name=a+b'],
    ['http://hub:80/', 'ws://hub/api/v1/stream?from=12&name=a+b'],
    ['https://example.com/weir/?x=1#y', 'wss://example.com/weir/api/v1/stream?from=12&name=a+b'],
  ])('of %s are %s', (hub, url) => expect(streamUrl(hub, '12', 'a b')).toBe(url));
});

describe("the hub's stream", () => {
  it('yields messages in order and ends quietly when told to', async () => {
    const hub = await hubOf();
    hub.append([numbers(1, [1])]);
    const stop = new AbortController();
    const types: string[] = [];
    for await (const message of read(hub, stop.signal)) {
      types.push(message.type);
      if (message.type === 'caught_up') stop.abort();
    }
    expect(types).toEqual(['readings', 'caught_up']);
    await waitFor(() => hub.connections === 0);
  });

  it('closes its connection when the reader leaves', async () => {
    const hub = await hubOf();
    for await (const message of read(hub, new AbortController().signal))
      if (message.type === 'caught_up') break;
    await waitFor(() => hub.connections === 0);
  });

  it('is held back while the reader is busy, and loses nothing', async () => {
    const hub = await hubOf();
    const stop = new AbortController();
    const stream = read(hub, stop.signal);
    await stream.next();
    const text = 'x'.repeat(4_000);
    const count = 3_000;
    for (let seq = 1; seq <= count; seq++)
      hub.append([{ ...numbers(seq, [0]), kind: 'text', values: [text] }]);
    const seen: number[] = [];
    while (seen.length < count) {
      const next = await stream.next();
      if (next.done !== true && next.value.type === 'readings') seen.push(next.value.batches[0]!.seq);
    }
    expect(seen).toEqual(Array.from({ length: count }, (_, i) => i + 1));
    stop.abort();
    await stream.next();
  });

  it.each([
    [401, {}, 0],
    [503, { 'Retry-After': '7' }, 7_000],
    [429, { 'Retry-After': '999999' }, 300_000],
    [429, { 'Retry-After': 'soon' }, 0],
  ])('ends with the refusal %d %j', async (status, headers, retryAfterMs) => {
    const hub = await hubOf();
    hub.refuseWith = { status, headers };
    const stream = read(hub, new AbortController().signal);
    await expect(stream.next()).rejects.toMatchObject({ code: 'bridge.hub_refused', status, retryAfterMs });
  });

  it('ends when the hub goes away', async () => {
    const hub = await hubOf();
    const stream = read(hub, new AbortController().signal);
    await stream.next();
    hub.drop();
    await expect(stream.next()).rejects.toMatchObject({ code: 'bridge.hub_unreachable' });
  });

  it('ends when nobody listens there', async () => {
    const hub = await FakeHub.start();
    await hub.stop();
    await expect(read(hub, new AbortController().signal).next()).rejects.toThrow(/ECONNREFUSED/);
  });

  it('ends when the hub falls silent', async () => {
    const hub = await hubOf();
    const time = new ManualTime();
    const stream = read(hub, new AbortController().signal, { clock: time, timers: time });
    await stream.next();
    const next = stream.next();
    // No pong can come between these: no I/O happens while this loop runs.
    for (let i = 0; i < 4; i++) time.advance(10_001);
    await expect(next).rejects.toMatchObject({ code: 'bridge.hub_unreachable' });
  });

  it('takes no binary message', async () => {
    const hub = await hubOf();
    const stream = read(hub, new AbortController().signal);
    await stream.next();
    hub.sayBinary();
    await expect(stream.next()).rejects.toMatchObject({ code: 'bridge.bad_stream' });
  });
});
