/** The proxy between the two ends, in a process of its own: a child of the benchmark. */
import { createSocket, type Socket as DatagramSocket } from 'node:dgram';
import { once } from 'node:events';
import { createServer, Socket, type AddressInfo, type Server } from 'node:net';
import { systemClock } from '@weir/runtime';
import { serve } from '../../processes/serve.js';
import { hurry } from '../hurry.js';
import { DelayLine } from '../delay-line.js';
import { Emulator, type Emulation } from '../emulator.js';
import type { Impairments, WayName } from '../impairments.js';
import type { LinkTrace } from '../trace.js';
import { ProxiedConnection } from './connection.js';
import type { Pace } from './stream.js';

const HOST = '127.0.0.1';
/** Of IP and UDP, bytes. */
const DATAGRAM_HEADERS = 28;
/** Linux's least time over a round trip before it sends again, ms (RFC 6298 has a second in all). */
const LEAST_RTO_MS = 200;
const LEAST_WINDOW = 64 * 1024;
/** Where no rate bounds it: what Linux lets a socket send ahead (tcp_wmem), bytes. */
const MOST_WINDOW = 4 << 20;

hurry();
const emulator = new Emulator('estimated', { up: new DelayLine(), down: new DelayLine() });
const connections = new Set<ProxiedConnection>();
const servers: Server[] = [];
const relays: DatagramSocket[] = [];
let pace: Pace = { retransmitMs: LEAST_RTO_MS, windowBytes: MOST_WINDOW };

function paceOf({ up, down }: Impairments): Pace {
  const roundTripMs = up.delayMs + down.delayMs;
  const bitsPerS = Math.min(up.bitsPerS ?? Infinity, down.bitsPerS ?? Infinity);
  const inRoundTrip = (bitsPerS * roundTripMs) / 8000;
  return {
    retransmitMs: roundTripMs + LEAST_RTO_MS,
    windowBytes: Math.min(MOST_WINDOW, Math.max(LEAST_WINDOW, Number.isNaN(inRoundTrip) ? 0 : inRoundTrip)),
  };
}

function proxied(client: Socket, port: number): void {
  const server = new Socket({ allowHalfOpen: true });
  for (const socket of [client, server]) socket.setNoDelay();
  const connection = new ProxiedConnection(client, server, port, emulator, () => pace);
  connections.add(connection);
  const forget = (): void => {
    if (client.closed && server.closed) connections.delete(connection);
  };
  client.once('close', forget);
  server.once('close', forget);
  connection.open();
}

/** A port whose datagrams get across the network to another. */
async function relay(way: WayName, to: number): Promise<number> {
  const socket = createSocket('udp4');
  relays.push(socket);
  socket.on('message', (datagram) => {
    const packet = { bytes: DATAGRAM_HEADERS + datagram.length, payload: datagram.length, flags: 0 };
    emulator.send(way, systemClock.monotonicUs(), packet, () => socket.send(datagram, to, HOST));
  });
  socket.on('error', () => undefined);
  socket.bind(0, HOST);
  await once(socket, 'listening');
  return socket.address().port;
}

const methods = {
  impair: (emulation: Emulation): void => {
    emulator.impair(emulation);
    pace = paceOf(emulation.impairments);
  },
  /** The port where this one is reached across the network. */
  reach: async (port: number): Promise<number> => {
    const server = createServer({ allowHalfOpen: true, pauseOnConnect: true }, (client) =>
      proxied(client, port),
    );
    servers.push(server);
    server.listen(0, HOST);
    await once(server, 'listening');
    return (server.address() as AddressInfo).port;
  },
  /** Where datagrams reach these ports across the network. */
  relay: async ({
    device,
    hub,
  }: {
    device: number;
    hub: number;
  }): Promise<{ device: number; hub: number }> => ({
    device: await relay('down', device),
    hub: await relay('up', hub),
  }),
  startTrace: (): void => emulator.startTrace(),
  takeTrace: (): LinkTrace => emulator.takeTrace(0),
};
export type ProxyMethods = typeof methods;

serve(methods, async () => {
  for (const each of [...servers, ...relays, ...connections]) each.close();
  await emulator.close();
});
