import { connect } from 'node:net';
import { systemTimers } from '@weir/runtime';
import { waitFor } from '@weir/testing';
import { describe, expect, it, onTestFinished } from 'vitest';
import { ManualTime } from '../session/rig.testing.js';
import { EventStream, wantsEvents, type EventStreamOptions } from './event-stream.js';
import { createApp, listen } from './http-server.js';

const BACKLOG_BYTES_MAX = 65_536;

/** A server whose one path is a stream of events, and a client that asked for it. */
async function serve(options: Partial<EventStreamOptions> = {}) {
  const state: { stream: EventStream | null; closed: number; wanted: boolean } = {
    ...{ stream: null, closed: 0, wanted: false },
  };
  const app = createApp({ bodyBytesMax: 1_000, connectionsMax: 10, certificate: null });
  app.get('/', (request, reply) => {
    state.wanted = wantsEvents(request);
    const all = { timers: systemTimers, backlogBytesMax: BACKLOG_BYTES_MAX, ...options };
    state.stream = new EventStream(reply.header('x-of', 'the hook'), all, () => state.closed++);
  });
  const port = await listen(app, '127.0.0.1', 0);
  onTestFinished(() => app.close());
  const client = connect(port, '127.0.0.1');
  let text = '';
  client.setEncoding('latin1').on('data', (chunk: string) => (text += chunk));
  client.on('error', () => undefined);
  client.write('GET / HTTP/1.1\r\nHost: a\r\nAccept: text/html;q=0.5, Text/Event-Stream;q=0.9\r\n\r\n');
  const stream = await waitFor(() => state.stream);
  return { state, stream, client, text: () => text };
}

describe('a stream of events', () => {
  it('has the headers and the form of one', async () => {
    const { stream, text, state } = await serve();
    expect(state.wanted).toBe(true);
    stream.send({ id: '7', event: 'command', data: '{"a":1}' });
    stream.send({ data: 'x' });
    stream.end();
    await waitFor(() => state.closed === 1 || null);
    expect(text()).toMatch(/^HTTP\/1\.1 200 OK\r\nx-of: the hook\r\ncontent-type: text\/event-stream\r\n/);
    expect(text()).toContain('retry: 1000\n\n');
    expect(text()).toContain('id: 7\nevent: command\ndata: {"a":1}\n\n');
    expect(text()).toContain('data: x\n\n');
    stream.send({ data: 'too late' });
    expect(text()).not.toContain('too late');
  });

  it('says something when there is nothing to say', async () => {
    const timers = new ManualTime();
    const { text } = await serve({ timers });
    for (const heartbeats of [1, 2]) {
      timers.pass(10_000);
      await waitFor(() => text().split('\n:\n\n').length === heartbeats + 1 || null, { what: 'a heartbeat' });
    }
  });

  it('is cut when its client reads nothing and too much waits', async () => {
    const { stream, client, state } = await serve();
    client.pause();
    const data = 'x'.repeat(10_000);
    const giveUpMs = Date.now() + 20_000;
    while (state.closed === 0 && Date.now() < giveUpMs) {
      stream.send({ data });
      expect(stream.backlogBytes).toBeLessThanOrEqual(BACKLOG_BYTES_MAX + data.length + 100);
      await new Promise((resolve) => setImmediate(resolve));
    }
    expect(state.closed).toBe(1);
  });

  it('ends with its client', async () => {
    const { client, state } = await serve();
    client.destroy();
    await waitFor(() => state.closed === 1 || null);
  });
});
