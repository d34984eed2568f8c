import { createServer } from 'node:net';
import { CloseCode } from '@weir/protocol';
import { systemClock, systemTimers } from '@weir/runtime';
import { freePort, freezingProxy, waitFor } from '@weir/testing';
import { describe, expect, it, onTestFinished } from 'vitest';
import { createDevice, type Device, type DeviceOptions } from '../device.js';
import { startHubServer } from '../simulation/hub-server.testing.js';
import type { Connection, ConnectionEvents } from './ports.js';
import { hubAddress, webSocketTransport } from './websocket.js';

async function deviceAt(hub: string, options: Partial<DeviceOptions> = {}): Promise<Device> {
  const device = await createDevice({ device: 'd1', hub, token: 'secret', spool: 'memory', ...options });
  onTestFinished(() => device.close());
  return device;
}

function read(device: Device, count: number): void {
  for (let i = 0; i < count; i++) device.output('s').reading('v', i, systemClock.monotonicUs());
}

interface Heard {
  readonly events: string[];
  readonly connection: Connection;
}

function connect(url: string, token: () => Promise<string> = () => Promise.resolve('secret')): Heard {
  const events: string[] = [];
  const note =
    (name: string) =>
    (...values: unknown[]): void => {
      events.push(
        [name, ...values.map((value) => (value instanceof Uint8Array ? 'bytes' : String(value)))].join(' '),
      );
    };
  const names = ['opened', 'received', 'heard', 'writable', 'refused', 'unreachable', 'closed'] as const;
  const listeners = Object.fromEntries(
    names.map((name) => [name, note(name)]),
  ) as unknown as ConnectionEvents;
  const connection = webSocketTransport({ url: hubAddress(url), token, timers: systemTimers }).connect(
    listeners,
  );
  onTestFinished(() => connection.terminate());
  return { events, connection };
}

describe('a device over a real WebSocket', () => {
  it('connects as the protocol says and gets everything confirmed', async () => {
    const { hub, url, requests } = await startHubServer();
    const device = await deviceAt(url);
    read(device, 1_000);
    await device.drained();
    expect(hub.values).toHaveLength(1_000);
    expect(hub.violations).toEqual([]);
    expect(device.stats()).toMatchObject({ connected: true, readings_sent: 1_000, readings_acked: 1_000 });
    const [request] = requests;
    expect(request!.url).toBe('/api/v1/connect?device=d1');
    expect(request!.headers).toMatchObject({
      authorization: 'Bearer secret',
      'sec-websocket-protocol': 'weir.v1',
    });
    expect(request!.headers).not.toHaveProperty('sec-websocket-extensions');
  });

  it('goes on after the hub breaks off', async () => {
    const { hub, url, sockets } = await startHubServer();
    const device = await deviceAt(url);
    read(device, 10);
    await device.drained();
    for (const socket of sockets) socket.terminate();
    read(device, 10);
    await device.drained();
    expect(hub.values).toHaveLength(20);
    expect(device.stats().sessions).toBe(2);
  });

  it('knows UTC to within the round trip', async () => {
    const { hub, url } = await startHubServer();
    const device = await deviceAt(url);
    read(device, 1);
    await device.drained();
    expect(device.stats().clock_uncertainty_us).toBeLessThan(1_000_000);
    expect(hub.hellos[0]!.epochs[0]!.anchor).toBeNull();
  });

  it('says why it is refused', async () => {
    const server = await startHubServer();
    server.refusal = 'HTTP/1.1 401 Unauthorized\r\nContent-Length: 0\r\n\r\n';
    const device = await deviceAt(server.url);
    await waitFor(() => device.stats().reason !== '');
    expect(device.stats()).toMatchObject({
      connected: false,
      state: 'disconnected',
      reason: 'HTTP 401 Unauthorized',
    });
  });
});

describe('the transport', () => {
  it('tells of a refusal and when to come back', async () => {
    const server = await startHubServer();
    server.refusal = 'HTTP/1.1 503 Service Unavailable\r\nRetry-After: 17\r\nContent-Length: 0\r\n\r\n';
    const { events } = connect(server.url);
    await waitFor(() => events.length > 0);
    expect(events).toEqual(['refused 503 17000 HTTP 503 Service Unavailable false']);
  });

  it('tells whose turn comes when, and shows the ticket once', async () => {
    const server = await startHubServer();
    server.refusal =
      'HTTP/1.1 503 Service Unavailable\r\nRetry-After: 2\r\nWeir-Retry-After-Ms: 1234\r\nWeir-Ticket: a.b\r\nContent-Length: 0\r\n\r\n';
    const transport = webSocketTransport({
      url: hubAddress(server.url),
      token: () => Promise.resolve('secret'),
      timers: systemTimers,
    });
    const refusals: unknown[][] = [];
    const attempt = (): Promise<void> =>
      new Promise((resolve) => {
        const end = (...values: unknown[]): void => {
          refusals.push(values);
          resolve();
        };
        const silent = (): void => undefined;
        const events = { opened: end, received: silent, heard: silent, writable: silent };
        transport.connect({ ...events, refused: end, unreachable: end, closed: end });
      });
    await attempt();
    server.refusal = server.refusal.replace('Weir-Ticket: a.b', 'Weir-Ticket: not good').replace('1234', 'x');
    await attempt();
    await attempt();
    expect(server.requests.map(({ headers }) => headers['weir-ticket'])).toEqual([
      undefined,
      'a.b',
      undefined,
    ]);
    expect(refusals.map(([, retryAfterMs, , isTurn]) => [retryAfterMs, isTurn])).toEqual([
      [1234, true],
      [2000, false],
      [2000, false],
    ]);
  });

  it('tells of a hub that is not there', async () => {
    const { events } = connect(`ws://127.0.0.1:${await freePort()}`);
    await waitFor(() => events.length > 0);
    expect(events).toHaveLength(1);
    expect(events[0]).toMatch(/^unreachable .*ECONNREFUSED/);
  });

  it('does not talk to a server of another protocol', async () => {
    const { url } = await startHubServer('mqtt');
    const { events } = connect(url);
    await waitFor(() => events.length > 0);
    expect(events[0]).toMatch(/^unreachable .*subprotocol/);
  });

  it('does not connect without a token', async () => {
    const server = await startHubServer();
    const { events } = connect(server.url, () => Promise.reject(new Error('no such file')));
    await waitFor(() => events.length > 0);
    expect(events).toEqual(['unreachable no connection: no such file']);
    expect(server.requests).toHaveLength(0);
  });

  it('does not fall over a token that no header can carry', async () => {
    const server = await startHubServer();
    const { events } = connect(server.url, () => Promise.resolve('two\nlines'));
    await waitFor(() => events.length > 0);
    expect(events[0]).toMatch(/^unreachable no connection: .*header/);
  });

  it('tells of messages, signs of life and the end, and nothing after it', async () => {
    const { url, sockets } = await startHubServer();
    const { events } = connect(url);
    await waitFor(() => events.includes('opened'));
    const [socket] = sockets;
    socket!.ping();
    socket!.send('text');
    socket!.send(new Uint8Array([1]));
    socket!.close(CloseCode.replaced, 'another one');
    await waitFor(() => events.some((event) => event.startsWith('closed')));
    expect(events).toEqual(
      ['opened', 'heard ', 'received text', 'received bytes', 'closed 4000 another one'].map((e) => e.trim()),
    );
  });

  it('ends a connection whose messages are too big', async () => {
    const { url, sockets } = await startHubServer();
    const { events } = connect(url);
    await waitFor(() => events.includes('opened'));
    for (const socket of sockets) socket.send(new Uint8Array(1_048_577));
    await waitFor(() => events.some((event) => event.startsWith('closed')));
    expect(events.at(-1)).toMatch(/^closed 1006 .*payload/);
  });

  it('says when it is congested, and when it no longer is', async () => {
    const { url, sockets } = await startHubServer();
    const { events, connection } = connect(url);
    await waitFor(() => events.includes('opened'));
    for (const socket of sockets) socket.pause();
    const frame = new Uint8Array(65_536);
    for (let i = 0; i < 1_000 && !connection.congested; i++) {
      connection.send(frame);
      await new Promise((resolve) => setImmediate(resolve));
    }
    expect(connection.congested).toBe(true);
    expect(events).not.toContain('writable');
    for (const socket of sockets) {
      socket.removeAllListeners('message');
      socket.resume();
    }
    await waitFor(() => events.includes('writable'));
    expect(connection.congested).toBe(false);
  });

  it('says nothing after it was terminated or closed, even before it opened', async () => {
    const { url } = await startHubServer();
    const first = connect(url);
    first.connection.terminate();
    const second = connect(url);
    await waitFor(() => second.events.includes('opened'));
    second.connection.close(CloseCode.goingAway, 'bye');
    const third = connect(url);
    await waitFor(() => third.events.includes('opened'));
    expect(first.events).toEqual([]);
    expect(second.events).toEqual(['opened']);
  });

  it('ends when a hub sends and reads nothing, at a limit that it names', async () => {
    const { url, sockets } = await startHubServer();
    const { events, connection } = connect(url);
    await waitFor(() => events.includes('opened'));
    const [socket] = sockets;
    socket!.pause();
    const frame = new Uint8Array(262_144);
    for (let i = 0; i < 1_000 && !events.some((event) => event.startsWith('closed')); i++) {
      connection.send(frame);
      await new Promise((resolve) => setImmediate(resolve));
    }
    expect(events.at(-1)).toMatch(/^closed 1006 the hub does not read: more than 4194304 bytes/);
  });

  it('notices through a network that swallows everything that the hub is gone, and is back by another way', async () => {
    const { hub, url } = await startHubServer();
    hub.deadlineMs = 1_000;
    const proxy = await freezingProxy(Number(new URL(url).port));
    const device = await deviceAt(`ws://127.0.0.1:${proxy.port}`);
    read(device, 5);
    await device.drained();
    proxy.freeze();
    read(device, 5);
    await waitFor(() => device.stats().sessions === 2, { what: 'a second session' });
    await device.drained();
    expect(hub.values).toHaveLength(10);
  });

  it('gives up on a server that takes the connection and never answers', async () => {
    const silent = createServer((socket) => socket.resume().on('error', () => undefined));
    await new Promise<void>((resolve) => silent.listen(0, '127.0.0.1', resolve));
    onTestFinished(() => {
      silent.close();
    });
    const address = silent.address();
    const port = typeof address === 'object' && address !== null ? address.port : 0;
    const { events, connection } = connect(`ws://127.0.0.1:${port}`);
    await waitFor(
      () => new Promise<boolean>((resolve) => silent.getConnections((_, count) => resolve(count > 0))),
    );
    connection.close(CloseCode.goingAway, 'bye');
    await waitFor(
      () => new Promise<boolean>((resolve) => silent.getConnections((_, count) => resolve(count === 0))),
    );
    expect(events).toEqual([]);
  });
});

describe('hubAddress', () => {
  it.each([
    ['ws://hub.local:8087', 'ws://hub.local:8087/api/v1/connect'],
    ['http://hub.local:8087/', 'ws://hub.local:8087/api/v1/connect'],
    ['https://hub.example', 'wss://hub.example/api/v1/connect'],
    ['wss://proxy.example/weir/connect', 'wss://proxy.example/weir/connect'],
  ])('%s -> %s', (given, expected) => {
    expect(hubAddress(given)).toBe(expected);
  });

  it('names the device', () => {
    expect(hubAddress('ws://hub:8087', 'pi-1')).toBe('ws://hub:8087/api/v1/connect?device=pi-1');
    expect(hubAddress('ws://hub:8087/x?y=1', 'a:b')).toBe('ws://hub:8087/x?y=1&device=a%3Ab');
  });

  it.each(['hub.local:8087', 'ftp://hub', '', 'ws://'])('refuses %j', (given) => {
    expect(() => hubAddress(given)).toThrow(/is not the address of a hub/);
  });
});
