/**
 * Everything that runs, each part a process of its own, on one machine:
 *
 *   agents ──proxy──> hub <──proxy── bridge ──proxy and tap──> mosquitto <──proxy── subscriber (in this process)
 *
 * Hub and bridge are the `weir` command as it ships. Ports and folders stay the same from start to start.
 */
import { existsSync, mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import type { BridgeConfigInput } from '@weir/bridge';
import type { HubConfigInput, HubStats } from '@weir/hub';
import { Child } from './child.js';
import { LinkProxy } from './link-proxy.js';
import { freePort, mosquittoCommand } from './machine.js';
import { MqttTap } from './mqtt-tap.js';
import { Subscriber } from './subscriber.js';
import { TorturedAgent } from './tortured-agent.js';

const WEIR = fileURLToPath(new URL('../../../cli/bin/weir.cjs', import.meta.url));
const DEVICE_TOKEN = 'a-token-for-tortured-devices';
const READ_TOKEN = 'a-token-for-those-who-look-on';
const REQUEST_MS = 2_000;
/**
 * For mosquitto's store, of which it syncs the whole at every save: on a disk it would take a hundred messages a second.
 * What a SIGKILL leaves is the same in memory.
 */
const MEMORY = '/dev/shm';

export interface DeploymentOptions {
  readonly folder: string;
  readonly agents: number;
  /** Of each agent. */
  readonly readingsPerSecond: number;
}

export class Deployment {
  readonly hub: Child;
  readonly bridge: Child;
  readonly broker: Child;
  readonly agents: readonly TorturedAgent[];
  readonly links: readonly LinkProxy[];
  readonly subscriber: Subscriber;
  readonly tap: MqttTap;
  readonly hubDir: string;
  readonly #hubUrl: string;
  readonly #brokerDir: string;

  /** Lays out folders, ports and links; starts nothing but the subscriber, which waits for a broker. */
  static async lay(options: DeploymentOptions): Promise<Deployment> {
    for (const name of ['hub', 'logs', 'spools']) mkdirSync(join(options.folder, name), { recursive: true });
    const [hubPort, brokerPort] = [await freePort(), await freePort()];
    const tap = new MqttTap();
    const links = {
      agents: new LinkProxy('agents to hub', hubPort),
      stream: new LinkProxy('bridge to hub', hubPort),
      publish: new LinkProxy('bridge to mosquitto', brokerPort, () => tap.connection()),
      subscribe: new LinkProxy('subscriber to mosquitto', brokerPort),
    };
    for (const link of Object.values(links)) await link.listen();
    return new Deployment(options, hubPort, brokerPort, links, tap);
  }

  private constructor(
    { folder, agents, readingsPerSecond }: DeploymentOptions,
    hubPort: number,
    brokerPort: number,
    links: Readonly<Record<'agents' | 'stream' | 'publish' | 'subscribe', LinkProxy>>,
    tap: MqttTap,
  ) {
    this.hubDir = join(folder, 'hub');
    this.#hubUrl = `http://127.0.0.1:${hubPort}`;
    this.links = Object.values(links);
    this.tap = tap;
    this.hub = weir('hub', folder, hubConfig(hubPort, this.hubDir));
    this.bridge = weir('bridge', folder, bridgeConfig(folder, links.stream.port, links.publish.port));
    this.#brokerDir = mkdtempSync(join(existsSync(MEMORY) ? MEMORY : folder, 'weir-torture-broker-'));
    this.broker = mosquitto(folder, this.#brokerDir, brokerPort);
    this.agents = Array.from({ length: agents }, (_, i) => {
      const device = `agent-${i + 1}`;
      const hub = `ws://127.0.0.1:${links.agents.port}`;
      const spoolDir = join(folder, 'spools', device);
      return new TorturedAgent({ device, hub, token: DEVICE_TOKEN, spoolDir, readingsPerSecond, folder });
    });
    this.subscriber = new Subscriber(links.subscribe.port);
  }

  get servers(): readonly Child[] {
    return [this.broker, this.hub, this.bridge];
  }

  get children(): readonly Child[] {
    return [...this.servers, ...this.agents.map(({ child }) => child)];
  }

  /** Readings confirmed to all agents, by their own count. */
  get acked(): number {
    return this.agents.reduce((sum, { acked }) => sum + acked, 0);
  }

  /** What the hub says of itself; null when it does not answer. */
  async stats(): Promise<HubStats | null> {
    try {
      const headers = { authorization: `Bearer ${READ_TOKEN}` };
      const signal = AbortSignal.timeout(REQUEST_MS);
      const answer = await fetch(`${this.#hubUrl}/api/v1/stats`, { headers, signal });
      return answer.ok ? ((await answer.json()) as HubStats) : null;
    } catch {
      return null;
    }
  }

  /** Kills what is left. */
  async end(): Promise<void> {
    await this.subscriber.close();
    for (const child of this.children) await child.kill();
    for (const link of this.links) await link.close();
    rmSync(this.#brokerDir, { recursive: true, force: true });
  }
}

function weir(command: 'hub' | 'bridge', folder: string, config: object): Child {
  const file = join(folder, `${command}.yaml`);
  // JSON is YAML.
  writeFileSync(file, JSON.stringify(config, null, 2));
  return new Child({
    name: command,
    program: { command: process.execPath },
    args: () => [WEIR, command, '--config', file, '--log-level', 'warn'],
    logFile: join(folder, 'logs', `${command}.log`),
  });
}

/** Short deadlines, so that what hangs is found out within a round; small segments, so that there are many. */
function hubConfig(port: number, dataDir: string): HubConfigInput {
  return {
    listen: { port },
    data_dir: dataDir,
    tokens: [
      { name: 'agents', role: 'device', token: DEVICE_TOKEN },
      { name: 'bridge', role: 'read', token: READ_TOKEN },
    ],
    log: { segment_bytes: 2 ** 20 },
    session: { deadline: 2_000 },
    vitals: { interval: 1_000 },
  };
}

function bridgeConfig(folder: string, hubPort: number, brokerPort: number): BridgeConfigInput {
  return {
    hub: `ws://127.0.0.1:${hubPort}`,
    token: READ_TOKEN,
    broker: `mqtt://127.0.0.1:${brokerPort}`,
    cursor_file: join(folder, 'bridge.cursor'),
    protocol_version: '5',
    keep_alive: 2_000,
    ack_timeout: 4_000,
    connect_timeout: 2_000,
    retry_delay_max: 1_000,
  };
}

/**
 * Saves its store after every pass of its event loop in which something changed, the most that mosquitto can do: the
 * acknowledgements of one pass leave before they are saved, so a SIGKILL between the two loses what it has taken over.
 */
function mosquitto(folder: string, storeDir: string, port: number): Child {
  const file = join(folder, 'mosquitto.conf');
  const lines = [
    `listener ${port} 127.0.0.1`,
    'allow_anonymous true',
    ...(process.getuid?.() === 0 ? ['user root'] : []),
    'persistence true',
    `persistence_location ${storeDir}/`,
    'autosave_on_changes true',
    'autosave_interval 1',
    'max_queued_messages 0',
    'max_inflight_messages 100',
    'log_type error',
    'log_type warning',
  ];
  writeFileSync(file, `${lines.join('\n')}\n`);
  return new Child({
    name: 'mosquitto',
    program: { command: mosquittoCommand() },
    args: () => ['-c', file],
    logFile: join(folder, 'logs', 'mosquitto.log'),
  });
}
