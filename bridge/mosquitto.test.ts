/** The bridge against a real broker: mosquitto, in both protocol versions. */
import { spawn } from 'node:child_process';
import { pbkdf2Sync, randomBytes } from 'node:crypto';
import { once } from 'node:events';
import { writeFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { describe, expect, it, onTestFinished } from 'vitest';
import { Cursor } from '@weir/log';
import {
  available,
  freePort,
  selfSigned,
  startMosquitto,
  temporaryFolder,
  waitFor,
  type MosquittoOptions,
  type ServerProcess,
} from '@weir/testing';
import { bridgeConfigSchema, type BridgeConfig, type BridgeConfigInput } from './config.js';
import { startBridge, type Bridge } from './main.js';
import { Collector } from './publisher/collector.testing.js';
import { FakeHub, numbers, onlineDevice } from './stream/fake-hub.testing.js';

const TOPIC = 'weir/boiler-room/boiler/temperature';
const STATUS = 'weir/$bridge/test/status';

async function hubOf(): Promise<FakeHub> {
  const hub = await FakeHub.start();
  onTestFinished(() => hub.stop());
  return hub;
}

async function brokerOf(options: MosquittoOptions = {}): Promise<ServerProcess> {
  const broker = await startMosquitto(options);
  onTestFinished(() => broker.stop());
  return broker;
}

async function collectorOf(url: string, options = {}): Promise<Collector> {
  const collector = await Collector.start(url, 'weir/#', options);
  onTestFinished(() => collector.stop());
  return collector;
}

async function configOf(
  hub: FakeHub,
  broker: string,
  more: Partial<BridgeConfigInput> = {},
): Promise<BridgeConfig> {
  return bridgeConfigSchema.parse({
    hub: hub.url,
    token: hub.token,
    broker,
    name: 'test',
    retry_delay_max: '300ms',
    cursor_file: join(await temporaryFolder(), 'cursor'),
    ...more,
  });
}

async function bridgeOf(
  hub: FakeHub,
  broker: string,
  more: Partial<BridgeConfigInput> = {},
): Promise<Bridge> {
  const bridge = await startBridge(await configOf(hub, broker, more));
  onTestFinished(() => bridge.close());
  return bridge;
}

describe.skipIf(!available('mosquitto'))('with mosquitto', () => {
  it.each([
    ['auto', 5],
    ['5', 5],
    ['4', 4],
  ] as const)('version %s publishes all in order, over version %d', async (protocol_version, spoken) => {
    const [hub, broker] = [await hubOf(), await brokerOf()];
    const collector = await collectorOf(broker.url, { protocolVersion: 5 });
    const bridge = await bridgeOf(hub, broker.url, { protocol_version });
    const values = Array.from({ length: 500 }, (_, i) => i);
    for (let seq = 1; seq <= 4; seq++) hub.append([numbers(seq, values.slice(125 * (seq - 1), 125 * seq))]);
    await bridge.caughtUp(hub.end);
    await waitFor(() => collector.values(TOPIC).length >= 500);
    expect(collector.values(TOPIC)).toEqual(values);
    expect(bridge.stats()).toMatchObject({ protocolVersion: spoken, published: 500, refused: 0 });
    const { properties } = collector.received.find(({ topic }) => topic === TOPIC)!;
    if (spoken === 5)
      expect(properties).toMatchObject({
        contentType: 'application/json',
        payloadFormatIndicator: true,
        userProperties: { 'weir-identity': '4294967301/1/0' },
      });
    else expect(properties).not.toHaveProperty('contentType');
  });

  it.each(['4', '5'])('version %s: a broker killed mid-stream costs no reading', async (protocol_version) => {
    const folder = await temporaryFolder();
    const config = ['max_inflight_messages 0'];
    let broker = await startMosquitto({ folder, config });
    onTestFinished(() => broker.stop());
    const hub = await hubOf();
    const session = { clientId: 'reader', clean: false, protocolVersion: 4 };
    const collector = await collectorOf(broker.url, session);
    const cursor_file = join(folder, 'bridge.cursor');
    const bridge = await bridgeOf(hub, broker.url, { protocol_version, cursor_file, max_in_flight: 50 });
    const expected = new Set<string>();
    let seq = 0;
    const feed = (frames: number): void => {
      for (let i = 0; i < frames; i++) {
        hub.append([numbers(++seq, [seq, seq + 0.5]), numbers(seq, [seq], { channel: 'pump/power' })]);
        for (const index of [0, 1]) expected.add(`${TOPIC} 4294967301/${seq}/${index}`);
        expected.add(`weir/boiler-room/pump/power 4294967301/${seq}/0`);
      }
    };
    for (let round = 0; round < 3; round++) {
      feed(150);
      const before = bridge.stats().published;
      await waitFor(() => bridge.stats().published > before + 100, { what: 'some readings of this round' });
      await broker.kill();
      const kept = (await Cursor.open(cursor_file)).value;
      expect(kept).toBeLessThanOrEqual(bridge.stats().cursor);
      await waitFor(() => bridge.stats().state === 'waiting');
      feed(20);
      broker = await startMosquitto({ port: broker.port, folder, config });
    }
    await bridge.caughtUp(hub.end);
    await waitFor(() => collector.identities().size === expected.size, { what: `${expected.size} readings` });
    expect(collector.identities()).toEqual(expected);
    expectOrderButForResends(collector.values('weir/boiler-room/pump/power') as number[]);
  });

  it('sends no more at once than a version 5 broker grants', async () => {
    const [hub, broker] = [await hubOf(), await brokerOf({ config: ['max_inflight_messages 1'] })];
    const bridge = await bridgeOf(hub, broker.url, { protocol_version: '5' });
    for (let seq = 1; seq <= 300; seq++) hub.append([numbers(seq, [seq])]);
    await bridge.caughtUp(hub.end);
    expect(bridge.stats()).toMatchObject({ published: 300, refused: 0, state: 'running' });
  });

  it('refuses beforehand exactly what a version 5 broker would find too large', async () => {
    const [hub, broker] = [await hubOf(), await brokerOf({ config: ['max_packet_size 1000'] })];
    const collector = await collectorOf(broker.url);
    const bridge = await bridgeOf(hub, broker.url, { protocol_version: '5' });
    const texts = Array.from({ length: 200 }, (_, i) => 'x'.repeat(650 + i));
    hub.append([
      {
        ...numbers(
          1,
          texts.map(() => 0),
        ),
        kind: 'text',
        values: texts,
      },
    ]);
    await bridge.caughtUp(hub.end);
    const { published, refused } = bridge.stats();
    expect(published + refused).toBe(200);
    expect(refused).toBeGreaterThan(0);
    await waitFor(() => collector.values(TOPIC).length >= published);
    expect(collector.values(TOPIC)).toEqual(texts.slice(0, published));
    expect(hub.opened).toHaveLength(1);
  });

  it('passes a message that a version 4 broker hangs up on, and tells', async () => {
    const [hub, broker] = [await hubOf(), await brokerOf({ config: ['max_packet_size 1000'] })];
    const collector = await collectorOf(broker.url);
    const bridge = await bridgeOf(hub, broker.url, { protocol_version: '4' });
    hub.append([numbers(1, [1])]);
    hub.append([{ ...numbers(2, [0]), kind: 'text', values: ['x'.repeat(2_000)] }]);
    hub.append([numbers(3, [3])]);
    await bridge.caughtUp(hub.end);
    await waitFor(() => collector.values(TOPIC).includes(3));
    expect(bridge.stats().refusedByReason).toEqual({
      'the broker hangs up whenever this message is sent': 1,
    });
  });

  it('tells what a version 5 broker forbids, and publishes the rest', async () => {
    const folder = await temporaryFolder();
    const acl = join(folder, 'acl');
    await writeFile(acl, 'topic read weir/#\ntopic write weir/$bridge/#\ntopic write weir/allowed/#\n');
    const [hub, broker] = [await hubOf(), await brokerOf({ folder, config: [`acl_file ${acl}`] })];
    const collector = await collectorOf(broker.url);
    const bridge = await bridgeOf(hub, broker.url, { protocol_version: '5' });
    hub.append([numbers(1, [1, 2]), numbers(1, [3], { device: 'allowed' })]);
    await bridge.caughtUp(hub.end);
    await waitFor(() => collector.values('weir/allowed/boiler/temperature').length === 1);
    // This mosquitto also hangs up after a refusal, so that some messages come, and count, again.
    expect(bridge.stats().published).toBeGreaterThanOrEqual(1);
    expect(Object.keys(bridge.stats().refusedByReason)).toEqual(['not authorized (0x87)']);
    expect(collector.values(TOPIC)).toEqual([]);
  });

  it('logs in, and tells of a wrong password', async () => {
    const folder = await temporaryFolder();
    const [hub, passwords] = [await hubOf(), join(folder, 'passwords')];
    await writeFile(passwords, `weir:${passwordHash('secret')}\n`);
    const config = ['allow_anonymous false', `password_file ${passwords}`];
    const broker = await brokerOf({ folder, config });
    const login = { username: 'weir', password: 'secret' };
    const right = await bridgeOf(hub, broker.url, { ...login, name: 'right' });
    await waitFor(() => right.stats().state === 'running');
    const wrong = await bridgeOf(hub, broker.url, { ...login, password: 'wrong', name: 'wrong' });
    await waitFor(() => wrong.stats().error?.code === 'bridge.broker_refused');
    expect(wrong.stats().error?.message).toMatch(/not authorized/i);
  });

  it('speaks TLS to a broker of a known authority, and to no other', async () => {
    const folder = await temporaryFolder();
    const [cert, key, other] = ['cert.pem', 'key.pem', 'other.pem'].map((file) => join(folder, file)) as [
      string,
      string,
      string,
    ];
    const made = selfSigned();
    await writeFile(cert, made.cert);
    await writeFile(key, made.key);
    await writeFile(other, selfSigned().cert);
    const port = await freePort();
    const lines = [`listener ${port} 127.0.0.1`, `certfile ${cert}`, `keyfile ${key}`];
    const [hub, broker] = [await hubOf(), await brokerOf({ folder, config: lines })];
    const collector = await collectorOf(broker.url);
    const url = `mqtts://127.0.0.1:${port}`;
    const bridge = await bridgeOf(hub, url, { tls: { ca_file: cert } });
    await bridge.caughtUp(hub.append([numbers(1, [1])]));
    await waitFor(() => collector.values(TOPIC).length === 1);
    for (const [name, tls] of Object.entries({ none: {}, other: { ca_file: other } })) {
      const wary = await bridgeOf(hub, url, { name, tls });
      await waitFor(() => wary.stats().error?.message.includes('certificate'), {
        what: `refusal with ${name}`,
      });
      expect(wary.stats()).toMatchObject({ published: 0, error: { code: 'bridge.broker_unreachable' } });
    }
    const missing = await configOf(hub, url, { tls: { ca_file: join(folder, 'missing.pem') } });
    await expect(startBridge(missing)).rejects.toMatchObject({ code: 'bridge.secret_file' });
  });

  it.each(['4', '5'])(
    'version %s: a killed bridge leaves its will, and the next one its birth',
    async (version) => {
      const [hub, broker] = [await hubOf(), await brokerOf()];
      hub.devices = [onlineDevice('boiler-room')];
      const config = await configOf(hub, broker.url, { protocol_version: version });
      const script = join(dirname(fileURLToPath(import.meta.url)), 'bridge-process.testing.js');
      const input = { ...config, tls: {} };
      const child = spawn(process.execPath, [script, JSON.stringify(input)], { stdio: 'inherit' });
      onTestFinished(() => void child.kill('SIGKILL'));
      const collector = await collectorOf(broker.url);
      await waitFor(() => collector.on(STATUS).at(-1)?.state === 'online');
      await waitFor(() => collector.on('weir/boiler-room/status').length > 0);
      child.kill('SIGKILL');
      await once(child, 'exit');
      await waitFor(() => collector.on(STATUS).at(-1)?.state === 'offline');
      expect(collector.on(STATUS).at(-1)).toEqual({ state: 'offline', reason: 'connection lost' });
      const late = await collectorOf(broker.url, { clientId: 'late' });
      await waitFor(() => late.received.length === 2);
      expect(late.received.every(({ retain }) => retain)).toBe(true);
      expect(late.on(STATUS)[0]).toMatchObject({ state: 'offline' });
      expect(late.on('weir/boiler-room/status')[0]).toMatchObject({ state: 'online' });
      const next = await bridgeOf(hub, broker.url, { protocol_version: version });
      await waitFor(() => collector.on(STATUS).at(-1)?.state === 'online');
      await next.close();
      await waitFor(() => collector.on(STATUS).at(-1)?.reason === 'stopped');
    },
  );
});

/** As `mosquitto_passwd` writes it: PBKDF2 with SHA-512. */
function passwordHash(password: string): string {
  const salt = randomBytes(12);
  const hash = pbkdf2Sync(password, salt, 101, 64, 'sha512');
  return `$7$101$${salt.toString('base64')}$${hash.toString('base64')}`;
}

/** Resends go back, and then forward again without a hole. */
function expectOrderButForResends(values: readonly number[]): void {
  let highest = 0;
  for (const [i, value] of values.entries()) {
    expect(value, `reading ${i} after ${highest}`).toBeLessThanOrEqual(highest + 1);
    highest = Math.max(highest, value);
  }
}
