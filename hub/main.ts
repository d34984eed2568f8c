import { join, resolve } from 'node:path';
import { silentLogger, systemClock, systemEntropy, systemTimers, type Logger } from '@weir/runtime';
import { registerApi } from './api/api.js';
import { deviceJson } from './api/device-json.js';
import { Metrics } from './api/metrics.js';
import { hubStats, type HubStats } from './api/stats.js';
import { Waiters } from './api/waiters.js';
import { Gate } from './auth/gate.js';
import { adminToken } from './auth/token-file.js';
import { TokenBook } from './auth/tokens.js';
import { Closers, until } from './closers.js';
import type { HubConfig } from './config.js';
import { Core, type Surroundings } from './core.js';
import { processDescriptors, socketBudget, type SocketBudget } from './listen/descriptors.js';
import { Certificate } from './listen/certificate.js';
import { checkPort, createApp, listen, surviveAcceptErrors } from './listen/http-server.js';
import { Returns } from './listen/returns.js';
import { Door } from './listen/door.js';
import { Slots } from './listen/slots.js';
import { Upgrades } from './listen/upgrades.js';
import { StorePaces } from './explain/store-paces.js';
import type { DeviceEntry } from './registry/device.js';
import { ReadTime } from './session/read-time.js';
import { deviceRoute } from './session/websocket.js';
import { Stores } from './stores.js';
import { Streams } from './stream/streams.js';
import { hubVersion } from './version.js';
import { Vitals } from './vitals/vitals.js';

/** Time for connections to end by themselves when the hub stops. */
const CLOSE_MS = 1_500;
/** What a restart takes beside what the hub's own start took: the old process ends, the new one loads its code. */
const PROCESS_START_MS = CLOSE_MS + 1_500;
/** A hub that can take fewer than these for want of file descriptors says so louder. */
const FEW_DEVICES = 1_000;
/** Sockets for requests, beside those that are held open. */
const SPARE_CONNECTIONS = 1_000;

/** A running hub. */
export interface Hub {
  /** `http://HOST:PORT`, or https, with a host that a client on this machine can use. */
  readonly url: string;
  readonly port: number;
  /** The admin token. */
  readonly token: string;
  /** What `/api/v1/stats` says. */
  stats(): HubStats;
  /** Says goodbye to the devices, finishes what is under way and lets go of everything. */
  close(): Promise<void>;
}

/**
 * Starts a hub. Resolves when it listens. Throws `log.*` (its data folder cannot be used), `auth.token_file`,
 * `hub.port_taken`, `hub.cannot_listen`, `hub.bad_certificate`. `deps` replaces parts of the machine, for tests and simulations.
 */
export async function startHub(config: HubConfig, deps: Partial<Surroundings> = {}): Promise<Hub> {
  const around: Surroundings = {
    clock: deps.clock ?? systemClock,
    timers: deps.timers ?? systemTimers,
    entropy: deps.entropy ?? systemEntropy,
    logger: deps.logger ?? silentLogger,
    files: deps.files,
    boot: deps.boot,
  };
  const closers = new Closers(around.logger);
  try {
    return await assemble(config, around, closers);
  } catch (error) {
    await closers.close();
    throw error;
  }
}

async function assemble(config: HubConfig, around: Surroundings, closers: Closers): Promise<Hub> {
  const { clock, timers, entropy, logger } = around;
  const openedUs = clock.monotonicUs();
  const { host } = config.listen;
  await checkPort(host, config.listen.port);
  const { tls } = config.listen;
  const certificate = tls === null ? null : await Certificate.open({ files: tls, clock, timers, logger });
  closers.add(() => certificate?.close());
  const dataDir = resolve(config.data_dir);
  const token = await adminToken(config.token_file ?? join(dataDir, 'token'), logger);
  const metrics = new Metrics();
  closers.add(() => metrics.close());
  let vitals: Vitals | null = null;
  const core = await Core.open({ ...config, data_dir: dataDir }, around, (us) => {
    metrics.observeAck(us);
    vitals?.observeAck(us);
  });
  closers.add(() => core.close());
  const stores = await Stores.start(config, dataDir, core, logger);
  closers.add(() => stores.close());
  const describe = (device: DeviceEntry): object => deviceJson(device, core.presence, clock.utcUs());
  const { limits } = config;
  const perSecond = limits.connects_per_second;
  // One queue for devices and one for subscribers: the console must not wait behind fifteen thousand devices.
  const doorFor = (kind: string, max: number): Door =>
    new Door({ kind, max, slots: new Slots({ perSecond, waiting: max, clock, entropy }), entropy });
  const door = doorFor('live subscriptions', limits.subscribers);
  const waiters = new Waiters(limits.waiters);
  const streams = new Streams({ core, limits, door, waiters, describe, clock, timers, logger });
  closers.add(() => streams.close());
  const version = hubVersion();
  const startedUs = clock.utcUs();
  const stats = (): HubStats =>
    hubStats({ core, stores, streams, waiters, clock, version, startedUs, openedUs });
  metrics.follow(stats);
  const { device, interval: intervalMs } = config.vitals;
  if (intervalMs > 0) {
    vitals = new Vitals({ core, stats, device, intervalMs, clock, timers, entropy, logger });
    closers.add(() => vitals?.close());
  }
  const gate = new Gate(new TokenBook(token, config.tokens), clock);
  const others = limits.subscribers + limits.waiters + SPARE_CONNECTIONS;
  const budget = affordable(limits.connections, others, logger);
  const app = createApp({
    bodyBytesMax: limits.body_bytes,
    connectionsMax: budget.sockets,
    certificate,
  });
  surviveAcceptErrors(app.server, logger, clock);
  const paces = new StorePaces({
    onDurable: (listener) => core.log.onDurable(listener),
    onStatus: (listener) => stores.onStatus(listener),
    clock,
  });
  closers.add(() => paces.close());
  const witnesses = { core, stores, paces, clock, startedUs };
  const polls = stores.longPoll(timers, waiters);
  await registerApi(
    app,
    { config, core, stores, streams, clock, timers, entropy, logger, stats },
    { gate, door, metrics, polls, version, witnesses },
  );
  const { sessions, pressure } = core;
  const devices = { sessions, pressure, readTime: new ReadTime(clock), timers, logger };
  const routes = [
    deviceRoute(limits, doorFor('device connections', budget.devices), devices),
    streams.route(),
  ];
  const { refusals } = core;
  const upgrades = new Upgrades({ routes, gate, refusals, clock, logger });
  upgrades.attach(app.server);
  closers.add(async () => {
    polls?.close();
    await app.close();
  });
  const restartMs = PROCESS_START_MS + Math.ceil((clock.monotonicUs() - openedUs) / 1000);
  closers.add(async () => {
    const returns = new Returns(restartMs, perSecond);
    upgrades.stop(returns);
    sessions.dismiss(returns);
    streams.dismiss(returns);
    await until(() => upgrades.open === 0 && streams.size === 0, CLOSE_MS);
    upgrades.terminateAll();
  });
  const port = await listen(app, host, config.listen.port);
  const url = `${certificate === null ? 'http' : 'https'}://${reachable(host)}:${port}`;
  logger.info({ url, dataDir }, 'the hub listens');
  return { url, port, token, stats, close: () => closers.close() };
}

/** The sockets that the process can afford; says so when the configuration asks for more. */
function affordable(devices: number, others: number, logger: Logger): SocketBudget {
  const descriptors = processDescriptors();
  const budget = socketBudget(descriptors, { devices, others });
  if (budget.devices < devices) {
    const facts = { openFilesMax: descriptors?.limit, connections: budget.devices, configured: devices };
    const level = budget.devices < FEW_DEVICES ? 'warn' : 'info';
    logger[level](
      facts,
      'fewer devices can connect than configured: raise the limit of open files (ulimit -n)',
    );
  }
  return budget;
}

/** Where to reach a server that listens on every address. */
function reachable(host: string): string {
  if (host === '0.0.0.0') return '127.0.0.1';
  if (host === '::') return '[::1]';
  return host.includes(':') ? `[${host}]` : host;
}
