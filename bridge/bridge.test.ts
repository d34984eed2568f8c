import { writeFile } from 'node:fs/promises';
import { createServer, type AddressInfo, type Socket } from 'node:net';
import { join } from 'node:path';
import { describe, expect, it, onTestFinished } from 'vitest';
import { Cursor } from '@weir/log';
import { temporaryFolder, waitFor } from '@weir/testing';
import { briefBroker } from './brief-broker.testing.js';
import { startBroker, type Broker } from './broker/broker.js';
import { bridgeConfigSchema, type BridgeConfigInput } from './config.js';
import { startBridge, type Bridge } from './main.js';
import { Collector } from './publisher/collector.testing.js';
import { FakeHub, numbers, onlineDevice } from './stream/fake-hub.testing.js';

const TOPIC = 'weir/boiler-room/boiler/temperature';
const BRIDGE_STATUS = 'weir/$bridge/test/status';

async function hubOf(): Promise<FakeHub> {
  const hub = await FakeHub.start();
  onTestFinished(() => hub.stop());
  return hub;
}

async function brokerOf(port = 0): Promise<Broker> {
  const broker = await startBroker({ port });
  onTestFinished(() => broker.close());
  return broker;
}

/** Accepts MQTT 5 connections and says nothing more. */
async function silentBroker(): Promise<string> {
  const sockets = new Set<Socket>();
  const server = createServer((socket) => {
    sockets.add(socket);
    socket.on('error', () => undefined);
    socket.once('data', () => socket.write(Buffer.from('2003000000', 'hex')));
    socket.resume();
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  onTestFinished(() => {
    for (const socket of sockets) socket.destroy();
    server.close();
  });
  return `mqtt://127.0.0.1:${(server.address() as AddressInfo).port}`;
}

async function collectorOf(url: string, filter = 'weir/#'): Promise<Collector> {
  const collector = await Collector.start(url, filter);
  onTestFinished(() => collector.stop());
  return collector;
}

async function bridgeOf(
  hub: FakeHub,
  broker: string,
  more: Partial<BridgeConfigInput> = {},
): Promise<Bridge> {
  const config = bridgeConfigSchema.parse({
    hub: hub.url,
    token: hub.token,
    broker,
    name: 'test',
    retry_delay_max: '200ms',
    cursor_file: join(await temporaryFolder(), 'state', 'bridge.cursor'),
    ...more,
  });
  const bridge = await startBridge(config);
  onTestFinished(() => bridge.close());
  return bridge;
}

describe('a bridge', () => {
  it('publishes stored and new readings with value, time and identity, and moves its cursor', async () => {
    const [hub, broker] = [await hubOf(), await brokerOf()];
    const collector = await collectorOf(broker.url);
    hub.append([numbers(1, [21.57, 21.58])]);
    const bridge = await bridgeOf(hub, broker.url);
    await waitFor(() => bridge.stats().published === 2, { what: 'the stored readings' });
    const end = hub.append([numbers(2, [21.6]), numbers(2, [1], { channel: 'status', unit: '' })]);
    await bridge.caughtUp(end);
    await waitFor(() => collector.on('weir/boiler-room/status/value').length === 1);
    expect(collector.values(TOPIC)).toEqual([21.57, 21.58, 21.6]);
    expect(collector.on(TOPIC)[1]).toEqual({
      value: 21.58,
      unit: 'Cel',
      time: '2026-05-28T20:26:41.000001Z',
      time_us: 1_780_000_001_000_001,
      uncertainty_us: 250,
      epoch: 4_294_967_301,
      sequence: 1,
      index: 1,
    });
    expect(bridge.stats()).toMatchObject({
      state: 'running',
      published: 4,
      pending: 0,
      cursor: end,
      error: null,
    });
  });

  it('speaks 3.1.1 to a broker that knows no MQTT 5', async () => {
    const [hub, broker] = [await hubOf(), await brokerOf()];
    const bridge = await bridgeOf(hub, broker.url);
    await waitFor(() => bridge.stats().state === 'running');
    expect(bridge.stats().protocolVersion).toBe(4);
  });

  it('retains the state of devices and its own, and says goodbye', async () => {
    const [hub, broker] = [await hubOf(), await brokerOf()];
    hub.devices = [
      onlineDevice('boiler-room'),
      { ...onlineDevice('attic'), state: 'offline', since_us: 1_780_000_001_000_000 },
    ];
    const bridge = await bridgeOf(hub, broker.url);
    await waitFor(() => bridge.stats().state === 'running');
    const late = await collectorOf(broker.url);
    await waitFor(() => late.on(BRIDGE_STATUS).some(({ state }) => state === 'online'));
    expect(late.on('weir/boiler-room/status')[0]).toMatchObject({
      state: 'online',
      since_us: 1_780_000_000_000_000,
      since: '2026-05-28T20:26:40.000000Z',
    });
    expect(late.on('weir/attic/status')[0]).toMatchObject({
      state: 'offline',
      since_us: 1_780_000_001_000_000,
    });
    expect(
      late.received.filter(({ topic }) => topic.startsWith('weir/attic')).every(({ retain }) => retain),
    ).toBe(true);
    await bridge.close();
    await waitFor(() => late.on(BRIDGE_STATUS).at(-1)?.state === 'offline');
    expect(late.on(BRIDGE_STATUS).at(-1)).toMatchObject({ reason: 'stopped' });
  });

  it('gets through a part of the log that takes a broker more connections than one', async () => {
    const [hub, broker] = [await hubOf(), await briefBroker(20)];
    const values = Array.from({ length: 100 }, (_, i) => i);
    const end = hub.append([numbers(1, values.slice(0, 50)), numbers(2, values.slice(50))]);
    const bridge = await bridgeOf(hub, broker.url);
    await bridge.caughtUp(end);
    const taken = broker.taken.flatMap((payload) => {
      const { value } = JSON.parse(payload) as { value?: number };
      return value === undefined ? [] : [value];
    });
    expect(new Set(taken)).toEqual(new Set(values));
    expect(broker.connections()).toBeGreaterThan(4);
    expect(bridge.stats()).toMatchObject({ cursor: end, pending: 0, refused: 0 });
  });

  it('goes on where it was after a restart', async () => {
    const [hub, broker] = [await hubOf(), await brokerOf()];
    const collector = await collectorOf(broker.url);
    const cursor_file = join(await temporaryFolder(), 'cursor');
    const first = await bridgeOf(hub, broker.url, { cursor_file });
    const before = hub.append([numbers(1, [1, 2])]);
    await first.caughtUp(before);
    await first.close();
    expect((await Cursor.open(cursor_file)).value).toBe(before);
    expect(first.stats().state).toBe('closed');
    const after = hub.append([numbers(2, [3])]);
    const second = await bridgeOf(hub, broker.url, { cursor_file });
    await second.caughtUp(after);
    await waitFor(() => collector.values(TOPIC).length >= 3);
    expect(hub.opened.at(-1)).toBe(String(before));
    expect(collector.values(TOPIC)).toEqual([1, 2, 3]);
  });

  it('resumes a broken hub stream behind the last message taken, repeating nothing', async () => {
    const [hub, broker] = [await hubOf(), await brokerOf()];
    const collector = await collectorOf(broker.url);
    const bridge = await bridgeOf(hub, broker.url);
    await bridge.caughtUp(hub.append([numbers(1, [1])]));
    for (let round = 2; round < 6; round++) {
      hub.drop();
      await bridge.caughtUp(hub.append([numbers(round, [round])]));
    }
    await waitFor(() => collector.values(TOPIC).length >= 5);
    expect(collector.values(TOPIC)).toEqual([1, 2, 3, 4, 5]);
    expect(hub.opened).toEqual(['start', '100', '200', '300', '400']);
  });

  it('waits for a broker that is not there, says so, and holds no stream meanwhile', async () => {
    const hub = await hubOf();
    const broker = await startBroker({ port: 0 });
    await broker.close();
    const bridge = await bridgeOf(hub, broker.url);
    const end = hub.append([numbers(1, [1, 2, 3])]);
    await waitFor(() => bridge.stats().error?.message.includes('ECONNREFUSED'));
    expect(bridge.stats()).toMatchObject({
      state: 'waiting',
      error: { code: 'bridge.broker_unreachable' },
      cursor: 0,
    });
    expect(hub.opened).toEqual([]);
    const back = await brokerOf(broker.port);
    const collector = await collectorOf(back.url);
    await bridge.caughtUp(end);
    expect(bridge.stats()).toMatchObject({ state: 'running', error: null });
    await waitFor(() => collector.values(TOPIC).length === 3);
  });

  it('publishes again, and all states anew, to a broker that lost its memory', async () => {
    const hub = await hubOf();
    hub.devices = [onlineDevice('boiler-room')];
    const first = await startBroker({ port: 0 });
    const bridge = await bridgeOf(hub, first.url);
    await bridge.caughtUp(hub.append([numbers(1, [1])]));
    await first.close();
    const end = hub.append([numbers(2, [2])]);
    const second = await brokerOf(first.port);
    await bridge.caughtUp(end);
    const late = await collectorOf(second.url);
    await waitFor(() => late.on('weir/boiler-room/status').length === 1);
    await waitFor(() => late.on(BRIDGE_STATUS).some(({ state }) => state === 'online'));
  });

  it('tells of a hub that refuses it, and comes again', async () => {
    const [hub, broker] = [await hubOf(), await brokerOf()];
    const collector = await collectorOf(broker.url, BRIDGE_STATUS);
    hub.refuseWith = { status: 503 };
    const bridge = await bridgeOf(hub, broker.url);
    await waitFor(() => bridge.stats().error?.code === 'bridge.hub_refused');
    await waitFor(() => collector.received.some(({ payload }) => String(payload.reason).includes('503')));
    hub.refuseWith = null;
    await waitFor(() => bridge.stats().state === 'running');
    const wrong = await bridgeOf(hub, broker.url, { token: 'wrong', name: 'wrong' });
    await waitFor(() => wrong.stats().error?.message.includes('is the token right?'));
  });

  it('begins with new readings where it is told to', async () => {
    const [hub, broker] = [await hubOf(), await brokerOf()];
    const collector = await collectorOf(broker.url);
    const old = hub.append([numbers(1, [1])]);
    const bridge = await bridgeOf(hub, broker.url, { start_from: 'now' });
    await bridge.caughtUp(old);
    await bridge.caughtUp(hub.append([numbers(2, [2])]));
    await waitFor(() => collector.values(TOPIC).length > 0);
    expect(collector.values(TOPIC)).toEqual([2]);
  });

  it('counts skipped parts of the log, refuses impossible names, and goes on behind both', async () => {
    const [hub, broker] = [await hubOf(), await brokerOf()];
    const collector = await collectorOf(broker.url);
    const bridge = await bridgeOf(hub, broker.url);
    await waitFor(() => hub.connections === 1);
    hub.say({ type: 'skipped', from: '0', to: '50', reason: 'retention' });
    const end = hub.append([
      numbers(1, [1, 2], { channel: 'a/#' }),
      numbers(1, [3], { device: '../other' }),
      numbers(1, [4]),
    ]);
    await bridge.caughtUp(end);
    await waitFor(() => collector.values(TOPIC).length === 1);
    expect(bridge.stats()).toMatchObject({ skipped: 1, refused: 3, published: 1, pending: 0 });
    expect(collector.received.every(({ topic }) => topic === TOPIC || topic === BRIDGE_STATUS)).toBe(true);
  });

  it('begins again at the start of a log that is another one', async () => {
    const [hub, broker] = [await hubOf(), await brokerOf()];
    const collector = await collectorOf(broker.url);
    const cursor_file = join(await temporaryFolder(), 'cursor');
    await (await Cursor.open(cursor_file)).save(1_000_000);
    hub.append([numbers(1, [1])]);
    const bridge = await bridgeOf(hub, broker.url, { cursor_file });
    await waitFor(() => collector.values(TOPIC).length === 1);
    await waitFor(() => bridge.stats().cursor === hub.end);
    expect(bridge.stats()).toMatchObject({ state: 'running', skipped: 1 });
    await bridge.close();
    expect((await Cursor.open(cursor_file)).value).toBe(hub.end);
  });

  it('reads its token from a file, once there is one', async () => {
    const [hub, broker] = [await hubOf(), await brokerOf()];
    const token_file = join(await temporaryFolder(), 'token');
    const bridge = await bridgeOf(hub, broker.url, { token: undefined, token_file });
    await waitFor(() => bridge.stats().error?.code === 'bridge.secret_file');
    await writeFile(token_file, `${hub.token}\n`);
    await waitFor(() => bridge.stats().state === 'running');
  });

  it('holds the hub back when the broker acknowledges nothing', async () => {
    const [hub, broker] = [await hubOf(), await silentBroker()];
    const bridge = await bridgeOf(hub, broker, { ack_timeout: '5m', protocol_version: 5 });
    await waitFor(() => hub.connections === 1);
    const text = 'x'.repeat(4_000);
    const batch = { ...numbers(1, [0, 1]), kind: 'text' as const, values: [text, text] };
    for (let i = 0; i < 10_000; i++) hub.append([batch]);
    let [before, same] = [0, 0];
    await waitFor(() => {
      same = hub.bufferedBytes === before ? same + 1 : 0;
      before = hub.bufferedBytes;
      return same > 20;
    });
    expect(hub.bufferedBytes).toBeGreaterThan(40_000_000);
    expect(bridge.stats()).toMatchObject({ published: 0, cursor: 0 });
    expect(bridge.stats().pending).toBeLessThan(1_100);
  });

  it('leaves a broker that acknowledges nothing', async () => {
    const [hub, broker] = [await hubOf(), await silentBroker()];
    const bridge = await bridgeOf(hub, broker, { ack_timeout: '1s', protocol_version: 5 });
    await waitFor(() => bridge.stats().error?.code === 'bridge.ack_timeout');
  });

  it('stays where it is when the stream makes no sense', async () => {
    const [hub, broker] = [await hubOf(), await brokerOf()];
    const bridge = await bridgeOf(hub, broker.url);
    const end = hub.append([numbers(1, [1])]);
    await bridge.caughtUp(end);
    for (const nonsense of ['{', '{"type":"surprise"}', { type: 'caught_up', cursor: '7' }]) {
      const opened = hub.opened.length;
      hub.say(nonsense);
      await waitFor(() => hub.opened.length > opened, {
        what: `a new stream after ${JSON.stringify(nonsense)}`,
      });
      await waitFor(() => bridge.stats().state === 'running');
      expect(bridge.stats().cursor).toBe(end);
    }
  });
});
