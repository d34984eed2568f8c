import { existsSync } from 'node:fs';
import { readFile } from 'node:fs/promises';
import { dirname } from 'node:path';
import { Cursor } from '@weir/log';
import {
  makeDirectory,
  messageOf,
  silentLogger,
  systemClock,
  systemEntropy,
  systemTimers,
  WeirError,
  type Clock,
  type Entropy,
  type Logger,
  type Timers,
} from '@weir/runtime';
import type { BridgeConfig } from './config.js';
import { Progress, type BridgeStats } from './progress.js';
import type { BrokerSettings } from './publisher/broker-connection.js';
import { CursorKeeper } from './publisher/cursor-keeper.js';
import { Refusals } from './publisher/refusals.js';
import { Relay, type RelaySettings } from './relay.js';

export interface BridgeDeps {
  readonly logger: Logger;
  readonly clock: Clock;
  readonly timers: Timers;
  readonly entropy: Entropy;
}

export interface Bridge {
  stats(): BridgeStats;
  /** Resolves when the broker has taken everything before `cursor`, an offset in the hub's log. Rejects at `close`. */
  caughtUp(cursor: number): Promise<void>;
  /** Waits a few seconds for outstanding acknowledgements, says goodbye to the broker and writes the cursor down. */
  close(): Promise<void>;
}

/** Silence on the hub's stream that counts as death, ms. */
const HUB_DEADLINE_MS = 30_000;

/**
 * Publishes a hub's readings to an MQTT broker until closed. Resolves at once: a hub or broker that cannot be reached is
 * waited for, which `stats()` and the log say. Throws `bridge.secret_file`, `bridge.cursor_file`, or
 * the cursor file's own error.
 */
export async function startBridge(config: BridgeConfig, deps: Partial<BridgeDeps> = {}): Promise<Bridge> {
  const logger = deps.logger ?? silentLogger;
  const timers = deps.timers ?? systemTimers;
  const shared = { logger, timers, clock: deps.clock ?? systemClock, entropy: deps.entropy ?? systemEntropy };
  const settings = await relaySettings(config);
  await makeFolderOf(config.cursor_file);
  const resumed = existsSync(config.cursor_file);
  const keeper = new CursorKeeper(await Cursor.open(config.cursor_file), timers, logger);
  const progress = new Progress(keeper, new Refusals(logger, shared.clock));
  const stop = new AbortController();
  logger.info({ hub: config.hub, broker: config.broker, resumed, cursor: keeper.value }, 'bridge starts');
  const running = new Relay(settings, { ...shared, progress }).run(stop.signal);
  return {
    stats: () => progress.stats(),
    caughtUp: (cursor) => progress.reached(cursor),
    async close() {
      stop.abort();
      await running;
      await keeper.close();
      progress.close();
    },
  };
}

async function relaySettings(config: BridgeConfig): Promise<RelaySettings> {
  const { protocol_version: version, hub_ca_file: hubCaFile } = config;
  return {
    broker: await brokerSettings(config),
    protocolVersion: version === 'auto' ? 'auto' : version === '5' ? 5 : 4,
    publisher: {
      limits: { messages: config.max_in_flight, bytes: config.max_in_flight_bytes },
      ackTimeoutMs: config.ack_timeout,
    },
    session: {
      name: config.name,
      prefix: config.prefix,
      startFrom: config.start_from,
      retryDelayMaxMs: config.retry_delay_max,
      hub: {
        hub: config.hub,
        ...(hubCaFile === undefined ? {} : { ca: await readSecret('hub_ca_file', hubCaFile) }),
        token: () =>
          config.token === undefined
            ? readSecret('token_file', config.token_file ?? '')
            : Promise.resolve(config.token),
        name: `bridge-${config.name}`,
        connectTimeoutMs: config.connect_timeout,
        deadlineMs: HUB_DEADLINE_MS,
      },
    },
  };
}

async function brokerSettings(config: BridgeConfig): Promise<BrokerSettings> {
  const { ca_file, cert_file, key_file } = config.tls;
  return {
    url: config.broker,
    clientId: config.client_id ?? `weir-bridge-${config.name}`,
    username: config.username,
    password: config.password,
    keepAliveMs: config.keep_alive,
    connectTimeoutMs: config.connect_timeout,
    tls: {
      ...(ca_file === undefined ? {} : { ca: await readSecret('tls.ca_file', ca_file) }),
      ...(cert_file === undefined ? {} : { cert: await readSecret('tls.cert_file', cert_file) }),
      ...(key_file === undefined ? {} : { key: await readSecret('tls.key_file', key_file) }),
    },
  };
}

async function makeFolderOf(cursorFile: string): Promise<void> {
  try {
    await makeDirectory(dirname(cursorFile));
  } catch (error) {
    const message = `cursor_file: there is no folder for ${cursorFile}: ${messageOf(error)}`;
    throw new WeirError('bridge.cursor_file', message, { cause: error });
  }
}

async function readSecret(setting: string, path: string): Promise<string> {
  try {
    return (await readFile(path, 'utf8')).trim();
  } catch (error) {
    throw new WeirError('bridge.secret_file', `${setting}: ${messageOf(error)}`, { cause: error });
  }
}
