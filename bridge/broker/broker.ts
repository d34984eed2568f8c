/**
 * The broker that `weir up` brings along: aedes, MQTT 3.1.1, in this process. It listens on loopback unless told
 * otherwise, and its memory is bounded: connections, packet size, what waits for subscribers, retained messages. It
 * keeps nothing across a restart; where that matters, use a broker of its own.
 */
import { timingSafeEqual, createHash } from 'node:crypto';
import type { EventEmitter } from 'node:events';
import { createServer, type Server, type Socket } from 'node:net';
import { Aedes } from 'aedes';
import { silentLogger, systemCode, WeirError, type Logger } from '@weir/runtime';
import { PacketGuard } from './packet-guard.js';
import { StoreGuard, type GrowingStore, type StoreLimits } from './store-limits.js';

export interface BrokerOptions {
  /** Address to listen on; 127.0.0.1 by default. */
  readonly host?: string;
  /** 0 for any free one. */
  readonly port: number;
  /** With a password, both are asked of every client. */
  readonly username?: string;
  readonly password?: string;
  readonly logger?: Logger;
  readonly limits?: Partial<BrokerLimits>;
}

export interface BrokerLimits extends StoreLimits {
  readonly connections: number;
  readonly packetBytes: number;
}

export interface BrokerStats {
  readonly connections: number;
  /** Messages dropped for subscribers whose queue was full, or not retained. */
  readonly dropped: number;
  /** Bytes of messages that wait or are retained. */
  readonly storedBytes: number;
}

export interface Broker {
  /** `mqtt://HOST:PORT`. */
  readonly url: string;
  readonly port: number;
  stats(): BrokerStats;
  /** Disconnects all clients, which publishes their wills, and frees the port. */
  close(): Promise<void>;
}

const LIMITS: BrokerLimits = {
  connections: 1_000,
  packetBytes: 262_144,
  messagesPerSubscriber: 10_000,
  bytes: 67_108_864,
};

/** A subscriber that takes nothing for so long is disconnected: it would hold up all others. */
const DRAIN_TIMEOUT_MS = 10_000;
const CONNECT_TIMEOUT_MS = 10_000;
const BAD_USERNAME_OR_PASSWORD = 4;

/** Starts the embedded broker. Throws `bridge.port_taken`, or `bridge.cannot_listen` for another fault of the address. */
export async function startBroker(options: BrokerOptions): Promise<Broker> {
  const logger = options.logger ?? silentLogger;
  const limits = { ...LIMITS, ...options.limits };
  const store = new StoreGuard(limits, logger);
  const aedes = await Aedes.createBroker({
    drainTimeout: DRAIN_TIMEOUT_MS,
    connectTimeout: CONNECT_TIMEOUT_MS,
    authenticate(_client, username, password, done) {
      if (isAllowed(options, username, password)) {
        done(null, true);
        return;
      }
      done(
        Object.assign(new Error('bad user name or password'), { returnCode: BAD_USERNAME_OR_PASSWORD }),
        null,
      );
    },
  });
  // The types of aedes leave out its store.
  store.protect((aedes as Aedes & { readonly persistence: GrowingStore }).persistence);
  aedes.on('clientError', (client, error) =>
    logger.debug({ client: client.id, err: error }, 'MQTT client fault'),
  );
  aedes.on('connectionError', (_client, error) => logger.debug({ err: error }, 'MQTT connection fault'));
  const events: EventEmitter = aedes; // its types leave out `error`
  events.on('error', (error: unknown) => logger.error({ err: error }, 'MQTT broker fault'));
  const server = createServer((socket) => guard(aedes, socket, limits.packetBytes, logger));
  server.maxConnections = limits.connections;
  const { host, port } = await listen(server, options.host ?? '127.0.0.1', options.port).catch(
    async (error: unknown) => {
      await closeAedes(aedes);
      throw error;
    },
  );
  return {
    url: `mqtt://${host.includes(':') ? `[${host}]` : host}:${port}`,
    port,
    stats: () => ({
      connections: aedes.connectedClients,
      dropped: store.dropped,
      storedBytes: store.storedBytes,
    }),
    async close() {
      const closed = new Promise((resolve) => server.close(resolve));
      await closeAedes(aedes);
      await closed;
    },
  };
}

function guard(aedes: Aedes, socket: Socket, packetBytes: number, logger: Logger): void {
  const packets = new PacketGuard(packetBytes);
  socket.setNoDelay(true);
  aedes.handle(socket);
  // Beside aedes's `readable` listener, `data` is emitted as aedes reads, before it parses.
  socket.on('data', (chunk: Buffer) => {
    if (packets.accepts(chunk)) return;
    logger.warn(
      { remote: socket.remoteAddress, limit: packetBytes },
      'MQTT packet over the limit: disconnected',
    );
    socket.destroy();
  });
}

function listen(server: Server, host: string, port: number): Promise<{ host: string; port: number }> {
  return new Promise((resolve, reject) => {
    server.once('error', (error) => reject(listenError(error, host, port)));
    server.listen(port, host, () => {
      const address = server.address();
      if (address === null || typeof address === 'string') return reject(new Error('no TCP address'));
      resolve({ host, port: address.port });
    });
  });
}

function listenError(error: Error, host: string, port: number): WeirError {
  const details = { host, port };
  if (systemCode(error) === 'EADDRINUSE')
    return new WeirError(
      'bridge.port_taken',
      `port ${port} on ${host}, for the MQTT broker, is taken; choose another with --mqtt-port`,
      { details, cause: error },
    );
  return new WeirError(
    'bridge.cannot_listen',
    `the MQTT broker cannot listen on ${host}:${port}: ${error.message}`,
    {
      details,
      cause: error,
    },
  );
}

function isAllowed(
  options: BrokerOptions,
  username: string | undefined,
  password: Buffer | undefined,
): boolean {
  if (options.password === undefined) return true;
  const userFits = options.username === undefined || same(username ?? '', options.username);
  return same(password ?? '', options.password) && userFits;
}

/** In a time that does not tell how much of it was right. */
function same(given: string | Buffer, expected: string): boolean {
  const digest = (text: string | Buffer): Buffer => createHash('sha256').update(text).digest();
  return timingSafeEqual(digest(given), digest(expected));
}

function closeAedes(aedes: Aedes): Promise<void> {
  return new Promise((resolve) => aedes.close(resolve));
}
