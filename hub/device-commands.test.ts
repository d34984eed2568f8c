/** Commands to a device without a WebSocket, over real HTTP. */
import { waitFor } from '@weir/testing';
import { describe, expect, it, onTestFinished } from 'vitest';
import { request, startTestHub, WireDevice } from './hub.testing.js';
import type { HubConfigInput } from './config.js';
import type { Hub } from './main.js';

const TOKEN = 'a-token-for-pi-1-alone';
const DEVICE = '/api/v1/devices/pi-1';
const JSON_BODY = { 'content-type': 'application/json' };

interface HttpCommand {
  readonly id: string;
  readonly name: string;
  readonly channel: string | null;
  readonly value: unknown;
  readonly again: boolean;
}

/** A hub that knows pi-1 from a reading that it posted. */
async function hubWithDevice(config: HubConfigInput = {}): Promise<Hub> {
  const tokens = [
    { name: 'pi-1', role: 'device' as const, token: TOKEN, device: 'pi-1' },
    { name: 'reader', role: 'read' as const, token: 'a-token-of-a-reader' },
  ];
  const hub = await startTestHub({ tokens, ...config });
  const body = JSON.stringify([{ n: 'relay', vb: false }]);
  await request(hub, '/api/v1/readings', {
    ...{ token: TOKEN, body, headers: { 'content-type': 'application/senml+json' } },
  });
  return hub;
}

const issue = (hub: Hub, value: unknown = true, query = ''): ReturnType<typeof request> =>
  request(hub, `${DEVICE}/commands${query}`, {
    ...{ headers: JSON_BODY, body: JSON.stringify({ name: 'set', channel: 'relay', value }) },
  });

async function poll(hub: Hub, query = '', token = TOKEN): Promise<HttpCommand[]> {
  const answer = await request(hub, `${DEVICE}/commands${query}`, { token });
  expect(answer.status, JSON.stringify(answer.body)).toBe(200);
  return answer.body.commands as HttpCommand[];
}

const reply = (hub: Hub, id: string, token = TOKEN, path = DEVICE): ReturnType<typeof request> =>
  request(hub, `${path}/replies`, {
    ...{ token, headers: JSON_BODY, body: JSON.stringify({ id, ok: true, message: 'on' }) },
  });

describe('commands over HTTP', () => {
  it('come to a device that polls, and its reply comes to the operator', async () => {
    const hub = await hubWithDevice();
    expect((await issue(hub)).status, 'it has not asked yet').toBe(409);
    expect(await poll(hub)).toEqual([]);
    const answer = issue(hub);
    const [command] = await waitFor(async () => {
      const commands = await poll(hub);
      return commands.length === 0 ? null : commands;
    });
    expect(command).toMatchObject({ name: 'set', channel: 'relay', value: true, again: false });
    const id = command?.id ?? '';
    expect(await poll(hub)).toEqual([{ ...command, again: true }]);
    expect(await poll(hub, `?after=${id}`)).toEqual([]);
    expect((await reply(hub, id)).body).toEqual({ awaited: 1 });
    expect(await answer).toMatchObject({ status: 200, body: { ok: true, message: 'on' } });
    expect((await reply(hub, id)).body).toEqual({ awaited: 0 });
    expect(await poll(hub)).toEqual([]);
  });

  it('come to one that waits (long polling), and those of a former run of the hub hide none', async () => {
    const hub = await hubWithDevice();
    const waiting = poll(hub, '?wait=30s&after=another-zzzz');
    await waitFor(async () => (await issue(hub, 'x', '?timeout=50ms')).status !== 409, { what: 'the poll' });
    expect(await waiting).toMatchObject([{ value: 'x', again: false }]);
  });

  it('come as server-sent events, and after a break from the last that came', async () => {
    const hub = await hubWithDevice();
    const stream = await events(hub);
    const answers = [issue(hub, 1), issue(hub, 2)];
    const [first, second] = await waitFor(() => (stream.got.length === 2 ? stream.got : null));
    expect([first?.value, second?.value].sort()).toEqual([1, 2]);
    await reply(hub, first?.id ?? '');
    stream.abort.abort();
    const anew = await events(hub, { 'last-event-id': first?.id ?? '' });
    expect(await waitFor(() => (anew.got.length === 1 ? anew.got[0] : null))).toEqual({
      ...second,
      again: true,
    });
    const replies = [first, second].map((command) => ({ id: command?.id, ok: true }));
    const body = JSON.stringify(replies);
    const { body: taken } = await request(hub, `${DEVICE}/replies`, {
      token: TOKEN,
      headers: JSON_BODY,
      body,
    });
    expect(taken).toEqual({ awaited: 1 });
    expect((await Promise.all(answers)).map(({ status }) => status)).toEqual([200, 200]);
  });

  it('end the older of two that wait, whichever way', async () => {
    const hub = await hubWithDevice();
    const stream = await events(hub);
    const older = request(hub, `${DEVICE}/commands?wait=30s`, { token: TOKEN });
    await waitFor(() => stream.ended, { what: 'the end of the stream' });
    const newer = await events(hub);
    expect(await older).toMatchObject({ status: 409, body: { error: { code: 'hub.replaced' } } });
    expect(newer.ended).toBe(false);
  });

  it('are for the device alone', async () => {
    const hub = await hubWithDevice();
    const other = '/api/v1/devices/pi-2';
    expect((await request(hub, `${other}/commands`, { token: TOKEN })).status).toBe(403);
    expect((await reply(hub, 'x', TOKEN, other)).status).toBe(403);
    expect((await request(hub, `${DEVICE}/commands`, { token: 'a-token-of-a-reader' })).status).toBe(403);
    expect((await request(hub, `${other}/commands`)).status, 'one that the hub does not know').toBe(404);
  });

  it('are not lost when the device changes to a WebSocket', async () => {
    const hub = await hubWithDevice();
    await poll(hub);
    const answer = issue(hub);
    await waitFor(async () => (await issue(hub, 0, '?timeout=1ms')).status === 504);
    const device = await WireDevice.open(hub, { device: 'pi-1' });
    const command = await device.got('command');
    device.send({ type: 'reply', id: command.id, ok: true, message: 'by frame' });
    expect(await answer).toMatchObject({ status: 200, body: { message: 'by frame' } });
  });

  it('are answered on both sides when the hub stops', async () => {
    const hub = await hubWithDevice();
    await poll(hub);
    const unanswered = issue(hub);
    await waitFor(async () => (await poll(hub)).length > 0);
    const stream = await events(hub);
    await hub.close();
    expect((await unanswered).body).toMatchObject({ error: { code: 'hub.stopping' } });
    await waitFor(() => stream.ended);
  });

  it.each([
    ['a wait too long', '?wait=61s'],
    ['a wait that is none', '?wait=soon'],
    ['an id without end', `?after=${'x'.repeat(65)}`],
    ['a word that nobody knows', '?since=1'],
  ])('refuse %s', async (_what, query) => {
    const hub = await hubWithDevice();
    const answer = await request(hub, `${DEVICE}/commands${query}`, { token: TOKEN });
    expect(answer).toMatchObject({ status: 400, body: { error: { code: 'hub.bad_request' } } });
  });

  it.each([
    ['nothing', ''],
    ['no fields', '{}'],
    ['an id that is no text', '{"id":1,"ok":true}'],
    ['an ok that is neither', '{"id":"a","ok":"yes"}'],
    ['a list of none', '[]'],
    ['a list too long', JSON.stringify(Array.from({ length: 65 }, () => ({ id: 'a', ok: true })))],
    ['a message too long', JSON.stringify({ id: 'a', ok: true, message: 'x'.repeat(4097) })],
  ])('refuse a reply of %s', async (_what, body) => {
    const hub = await hubWithDevice();
    const answer = await request(hub, `${DEVICE}/replies`, {
      ...{ method: 'POST', token: TOKEN, headers: JSON_BODY, body },
    });
    expect(answer).toMatchObject({ status: 400, body: { error: { code: 'hub.bad_request' } } });
  });
});

interface Events {
  readonly got: HttpCommand[];
  readonly abort: AbortController;
  ended: boolean;
}

/** The device's stream of commands, once the hub has it. */
async function events(hub: Hub, headers: Record<string, string> = {}): Promise<Events> {
  const stream: Events = { got: [], abort: new AbortController(), ended: false };
  onTestFinished(() => stream.abort.abort());
  const response = await fetch(`${hub.url}${DEVICE}/commands`, {
    headers: { authorization: `Bearer ${TOKEN}`, accept: 'text/event-stream', ...headers },
    signal: stream.abort.signal,
  });
  expect(response.headers.get('content-type')).toBe('text/event-stream');
  const read = async (): Promise<void> => {
    let text = '';
    for await (const chunk of response.body?.pipeThrough(new TextDecoderStream()) ?? []) {
      const parts = (text + chunk).split('\n\n');
      text = parts.pop() ?? '';
      for (const part of parts) {
        const data = /^id: (.*)\nevent: command\ndata: (.*)$/.exec(part);
        if (data === null) continue;
        const command = JSON.parse(data[2] ?? '') as HttpCommand;
        expect(command.id).toBe(data[1]);
        stream.got.push(command);
      }
    }
    stream.ended = true;
  };
  read().catch(() => (stream.ended = true));
  return stream;
}
