/** One connection against brokers that answer with exactly the bytes of a test (MQTT 5, sections 3.2 and 3.14). */
import { createServer, type AddressInfo, type Socket } from 'node:net';
import { describe, expect, it, onTestFinished } from 'vitest';
import { lastWill } from '../payload.js';
import { dial, type BrokerSettings } from './broker-connection.js';
import type { BrokerPort, ConnectionLoss } from './broker-port.js';

const ACCEPTED = '2003000000';
/** A PUBLISH with a topic of 65,535 bytes in a packet of two. */
const NONSENSE = '3002ffff';
const NEVER = new AbortController().signal;

/** A broker that does `answer` when CONNECT comes. */
async function brokerOf(answer: (socket: Socket) => void): Promise<BrokerSettings> {
  const sockets = new Set<Socket>();
  const server = createServer((socket) => {
    sockets.add(socket);
    socket.on('error', () => undefined);
    socket.once('data', () => answer(socket));
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  onTestFinished(() => {
    for (const socket of sockets) socket.destroy();
    server.close();
  });
  const url = `mqtt://127.0.0.1:${(server.address() as AddressInfo).port}`;
  return { url, clientId: 'test', tls: {}, keepAliveMs: 60_000, connectTimeoutMs: 30_000 };
}

const say =
  (...hex: string[]) =>
  (socket: Socket): void => {
    for (const each of hex) socket.write(Buffer.from(each, 'hex'));
  };

const dialled = (settings: BrokerSettings, signal = NEVER): Promise<BrokerPort> =>
  dial(settings, 5, lastWill('status'), signal);

const lossOf = (connection: BrokerPort): Promise<ConnectionLoss> =>
  new Promise((resolve) => connection.onLost(resolve));

describe('a connection to a broker', () => {
  it('knows what the broker grants', async () => {
    const connection = await dialled(await brokerOf(say('200b000008' + '210014' + '270000012c')));
    expect(connection).toMatchObject({ protocolVersion: 5, receiveMaximum: 20, maximumPacketBytes: 300 });
    connection.destroy();
    await lossOf(connection);
  });

  it('has no limits but its own where the broker names none', async () => {
    const connection = await dialled(await brokerOf(say(ACCEPTED)));
    expect(connection).toMatchObject({ receiveMaximum: 65_535, maximumPacketBytes: Infinity });
    connection.destroy();
  });

  it.each([
    ['e0028e00', 'session taken over', true],
    ['e0028b00', 'server shutting down (0x8b)', true],
    ['e0029500', 'packet too large (0x95)', false],
  ])('tells the reason of the broker’s goodbye %s', async (goodbye, reason, blameless) => {
    const connection = await dialled(
      await brokerOf((socket) => {
        say(ACCEPTED)(socket);
        setImmediate(() => socket.end(Buffer.from(goodbye, 'hex')));
      }),
    );
    const loss = await lossOf(connection);
    expect(loss.error.message).toContain(reason);
    expect(loss.error.code).toBe('bridge.broker_lost');
    expect(loss.blameless).toBe(blameless);
  });

  it('ends when the broker talks nonsense', async () => {
    let broker: Socket | undefined;
    const connection = await dialled(
      await brokerOf((socket) => {
        broker = socket;
        say(ACCEPTED)(socket);
      }),
    );
    say(NONSENSE)(broker!);
    const loss = await lossOf(connection);
    expect(loss.error.message).toContain('Cannot parse topic');
    expect(loss.blameless).toBe(false);
    await expect(dialled(await brokerOf(say(ACCEPTED + NONSENSE)))).rejects.toThrow('Cannot parse topic');
  });

  it.each([
    ['unsupported protocol version (0x84)', '2003008400', 'bridge.broker_refused', true],
    ['unacceptable protocol version (0x01)', '20020001', 'bridge.broker_refused', true],
    ['bad user name or password (0x86)', '2003008600', 'bridge.broker_refused', false],
    ['takes no message at QoS 1', '2005000002' + '2400', 'bridge.broker_refused', false],
  ])('is not made: %s', async (reason, answer, code, versionDoubt) => {
    const error: unknown = await dialled(await brokerOf(say(answer))).catch((thrown: unknown) => thrown);
    expect(error).toMatchObject({ code, versionDoubt });
    expect(String(error)).toContain(reason);
  });

  it('is doubted in its version when the broker closes without an answer', async () => {
    const closes = await brokerOf((socket) => socket.end());
    await expect(dialled(closes)).rejects.toMatchObject({
      code: 'bridge.broker_unreachable',
      versionDoubt: true,
    });
    const resets = await brokerOf((socket) => socket.resetAndDestroy());
    await expect(dialled(resets)).rejects.toMatchObject({ versionDoubt: true });
  });

  it('is given up when the broker does not answer in time', async () => {
    const silent = await brokerOf(() => undefined);
    await expect(dialled({ ...silent, connectTimeoutMs: 50 })).rejects.toMatchObject({
      code: 'bridge.broker_unreachable',
      versionDoubt: false,
    });
  });

  it('is given up when told to', async () => {
    const stop = new AbortController();
    const silent = await brokerOf(() => stop.abort());
    await expect(dialled(silent, stop.signal)).rejects.toMatchObject({ code: 'bridge.broker_unreachable' });
    await expect(dialled(silent, stop.signal)).rejects.toMatchObject({ code: 'bridge.broker_unreachable' });
  });

  it('hands nothing to a client that has lost its connection', async () => {
    const connection = await dialled(
      await brokerOf((socket) => {
        say(ACCEPTED)(socket);
        setImmediate(() => socket.destroy());
      }),
    );
    await lossOf(connection);
    let settled = false;
    connection.publish({ topic: 't', payload: '', retain: false, identity: '1/1/0' }, () => (settled = true));
    await lossOf(connection);
    expect(settled).toBe(false);
  });
});
