/** Sensors on a line, an agent that reads it, and a hub that comes and goes at one address. */
import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import {
  openTcpLine,
  simulatedSensors,
  startMicrocontroller,
  type Microcontroller,
  type SerialLine,
} from '@weir/firmware-sim';
import { seededEntropy, systemClock, systemTimers, WeirError } from '@weir/runtime';
import { Child } from '../../processes/child.js';
import { HUB_PROCESS } from '../../processes/scripts.js';
import { startWeir, type WeirProcess } from '../../processes/weir-command.js';
import type { HubMethods } from '../../servers/hub-process.js';

export interface SceneOptions {
  readonly channels: number;
  readonly rate: number;
  readonly commitDelayMs: number;
  readonly folder: string;
  /** How this machine starts `weir`. */
  readonly weir: readonly string[];
  readonly signal: AbortSignal;
}

const DEVICE = 'bench-agent';
const SOURCE = 'board';
const LOOK_MS = 100;
const CONNECT_MS = 30_000;

export class AgentScene {
  readonly #options: SceneOptions;
  readonly #sensors: readonly string[];
  #line: SerialLine | null = null;
  #controller: Microcontroller | null = null;
  #agent: WeirProcess | null = null;
  #hub: Child<HubMethods> | null = null;
  #address = { url: '', port: 0, token: '' };

  private constructor(options: SceneOptions) {
    this.#options = options;
    this.#sensors = simulatedSensors(options.channels, seededEntropy(1)).map(({ name }) => name);
  }

  /** Starts everything. Rejects with what any part rejects with, all others ended. */
  static async start(options: SceneOptions): Promise<AgentScene> {
    const scene = new AgentScene(options);
    try {
      await scene.startHub();
      await scene.#startAgent();
      return scene;
    } catch (error) {
      await scene.end();
      throw error;
    }
  }

  /** Of the agent. */
  get pid(): number {
    return this.#agent?.pid ?? 0;
  }

  /** Readings that went to the line since the start. */
  get readingsWritten(): number {
    return (this.#controller?.counts().written ?? 0) * this.#sensors.length;
  }

  /** Throws `bench.child_failed` when the agent has ended. */
  check(): void {
    this.#agent?.check();
  }

  /** A hub at the address where the former was, with its data. */
  async startHub(): Promise<void> {
    this.#hub = new Child(HUB_PROCESS, { signal: this.#options.signal });
    this.#address = await this.#hub.call('start', {
      listen: { port: this.#address.port },
      data_dir: join(this.#options.folder, 'hub'),
    });
  }

  async stopHub(): Promise<void> {
    await this.#hub?.end();
    this.#hub = null;
  }

  /** Bytes of frames that the present hub got. */
  async received(): Promise<number> {
    return (await this.#hub?.call('stats'))?.ingest.bytes ?? 0;
  }

  /** Resolves when readings of the line arrive. */
  async connected(): Promise<void> {
    const arrived = async (): Promise<boolean> => (await this.#stored()) > 0;
    await this.#until(arrived, CONNECT_MS, () => 'no reading of the agent arrives at the hub');
  }

  /**
   * Ends the sensors and waits until the store has what they wrote. Readings stored; rejects with `bench.wrong_count` when that
   * is something else after `timeoutMs`.
   */
  async settled(timeoutMs: number): Promise<number> {
    this.#controller?.stop();
    let stored = 0;
    await this.#until(
      async () => (stored = await this.#stored()) === this.readingsWritten,
      timeoutMs,
      () => `${this.readingsWritten} readings were written to the line, the store has ${stored}`,
    );
    return stored;
  }

  async end(): Promise<void> {
    this.#controller?.stop();
    await Promise.all([this.#agent?.end(), this.#hub?.end()]);
    await this.#line?.close();
  }

  async #startAgent(): Promise<void> {
    const { folder, weir, signal, channels, rate } = this.#options;
    const line = await openTcpLine();
    this.#line = line;
    if (line.address.kind !== 'tcp') throw new Error('a TCP line has a TCP address');
    const { host, port } = line.address;
    const entropy = seededEntropy(1);
    this.#controller = startMicrocontroller({
      ...{ line, entropy, rateHz: rate, format: 'json', clock: systemClock, timers: systemTimers },
      sensors: simulatedSensors(channels, entropy),
    });
    const file = join(folder, 'agent.json');
    const config = {
      device: DEVICE,
      hub: this.#address.url,
      token: this.#address.token,
      spool: { dir: join(folder, 'spool'), commit_delay: this.#options.commitDelayMs },
      sources: [{ type: 'tcp', name: SOURCE, host, port, format: { type: 'json' } }],
    };
    // YAML has JSON in it.
    await writeFile(file, JSON.stringify(config), { mode: 0o600 });
    this.#agent = startWeir(weir, ['agent', '--config', file, '--log-level', 'warn'], signal);
  }

  /** Readings of the line that the hub's store has. */
  async #stored(): Promise<number> {
    const counts = await Promise.all(this.#sensors.map((name) => this.#storedOf(`${SOURCE}/${name}`)));
    return counts.reduce((sum, each) => sum + each, 0);
  }

  async #storedOf(channel: string): Promise<number> {
    const { url, token } = this.#address;
    const query = new URLSearchParams({ device: DEVICE, channel, step: '1d', aggregate: 'count' });
    const response = await fetch(`${url}/api/v1/readings?${query.toString()}`, {
      headers: { authorization: `Bearer ${token}` },
      signal: this.#options.signal,
    });
    // Before the first reading there is neither the device nor the channel.
    if (response.status === 404) return 0;
    if (!response.ok) throw new WeirError('bench.child_failed', `the hub said ${await response.text()}`);
    const { values } = (await response.json()) as { values: number[] };
    return values.reduce((sum, each) => sum + each, 0);
  }

  async #until(done: () => Promise<boolean>, timeoutMs: number, fault: () => string): Promise<void> {
    const endMs = performance.now() + timeoutMs;
    while (!(await done())) {
      this.check();
      if (performance.now() > endMs) throw new WeirError('bench.wrong_count', fault());
      await sleep(LOOK_MS, undefined, { signal: this.#options.signal });
    }
  }
}
