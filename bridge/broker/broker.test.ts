import { connect as connectTcp } from 'node:net';
import { connect, connectAsync, type IClientOptions, type MqttClient } from 'mqtt';
import { describe, expect, it, onTestFinished } from 'vitest';
import { waitFor } from '@weir/testing';
import { Collector } from '../publisher/collector.testing.js';
import { startBroker, type Broker, type BrokerOptions } from './broker.js';

async function brokerOf(options: Partial<BrokerOptions> = {}): Promise<Broker> {
  const broker = await startBroker({ port: 0, ...options });
  onTestFinished(() => broker.close());
  return broker;
}

async function clientOf(url: string, options: IClientOptions = {}): Promise<MqttClient> {
  const client = await connectAsync(url, { reconnectPeriod: 0, ...options }, false);
  onTestFinished(() => client.endAsync(true));
  return client;
}

describe('the embedded broker', () => {
  it('listens on loopback and carries messages', async () => {
    const broker = await brokerOf();
    expect(broker.url).toBe(`mqtt://127.0.0.1:${broker.port}`);
    const collector = await Collector.start(broker.url, '#');
    onTestFinished(() => collector.stop());
    const client = await clientOf(broker.url);
    await client.publishAsync('a/b', '{"value":1}', { qos: 1 });
    await waitFor(() => collector.values('a/b').length === 1);
    expect(broker.stats().connections).toBe(2);
  });

  it('names a taken port and the flag that changes it', async () => {
    const first = await brokerOf();
    await expect(startBroker({ port: first.port })).rejects.toMatchObject({
      code: 'bridge.port_taken',
      message: `port ${first.port} on 127.0.0.1, for the MQTT broker, is taken; choose another with --mqtt-port`,
    });
  });

  it('tells of an address that is none', async () => {
    await expect(startBroker({ port: 0, host: '203.0.113.7' })).rejects.toMatchObject({
      code: 'bridge.cannot_listen',
    });
  });

  it('asks for user and password where it has them', async () => {
    const { url } = await brokerOf({ username: 'weir', password: 'secret' });
    await clientOf(url, { username: 'weir', password: 'secret' });
    for (const options of [
      {},
      { username: 'weir', password: 'wrong' },
      { username: 'other', password: 'secret' },
    ])
      await expect(clientOf(url, options)).rejects.toThrow(/Bad username or password/);
  });

  it('disconnects who announces a packet over the limit, before it is sent', async () => {
    const broker = await brokerOf({ limits: { packetBytes: 1_000 } });
    const client = await clientOf(broker.url);
    await client.publishAsync('a', 'x'.repeat(900), { qos: 1 });
    const socket = connectTcp(broker.port, '127.0.0.1');
    const closed = new Promise((resolve) => socket.once('close', resolve));
    socket.on('error', () => undefined);
    socket.write(Buffer.from([0x10, 0xff, 0xff, 0xff, 0x7f]));
    await closed;
    expect(client.connected).toBe(true);
  });

  it('keeps a bounded queue for a subscriber who is away, and tells what it dropped', async () => {
    const broker = await brokerOf({ limits: { messagesPerSubscriber: 5 } });
    const session = { clientId: 'away', clean: false };
    const before = await clientOf(broker.url, session);
    await before.subscribeAsync('#', { qos: 1 });
    await before.endAsync();
    const client = await clientOf(broker.url);
    for (let i = 0; i < 8; i++) await client.publishAsync('a', String(i), { qos: 1 });
    await waitFor(() => broker.stats().dropped === 3);
    const got: string[] = [];
    const after = connect(broker.url, { ...session, reconnectPeriod: 0 });
    onTestFinished(() => after.endAsync(true));
    after.on('message', (_topic, payload) => got.push(payload.toString()));
    await waitFor(() => got.length === 5 && broker.stats().storedBytes === 0, {
      what: 'the queue to be taken',
    });
    expect(got).toEqual(['0', '1', '2', '3', '4']);
  });

  it('frees its port when closed, with clients connected', async () => {
    const broker = await startBroker({ port: 0 });
    const client = await clientOf(broker.url);
    await broker.close();
    await waitFor(() => !client.connected);
    const again = await brokerOf({ port: broker.port });
    expect(again.port).toBe(broker.port);
  });
});
