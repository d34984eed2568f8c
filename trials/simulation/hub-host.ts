/**
 * The hub: its machine, and on it the product's own core, connections and sinks, put together as hub/main.ts does, but
 * for HTTP. Each sink runs in a thread of its own, which can die alone, and writes to a store beyond the machine.
 */
import { hubConfigSchema, type HubConfig } from '@weir/hub';
import {
  Core,
  DeviceConnection,
  ReadTime,
  Returns,
  type Peer,
  type RunStatus,
  type SeriesInfo,
} from '@weir/hub/parts';
import type { Log } from '@weir/log';
import type { Logger } from '@weir/runtime';
import type { Bug } from './bugs.js';
import type { HubSocket } from './hub-socket.js';
import type { Life } from './life.js';
import { storyLogger } from './logger.js';
import { Machine } from './machine.js';
import type { HubPlan } from './plan.js';
import { SinkHost } from './sink-host.js';
import type { Store } from './stores.js';
import type { World } from './world.js';

const RESTART_US = 500_000;
/** Time that a hub that stops gives its connections, as hub/main.ts. */
const CLOSE_US = 1_500_000;
const DATA_DIR = '/hub';

export class HubHost {
  readonly machine: Machine;
  readonly stores: readonly Store[];
  /** Parts of the log that had not been confirmed when the power was cut: there anything may be, or nothing. */
  readonly unconfirmed: { readonly from: number; readonly to: number }[] = [];
  readonly #world: World;
  readonly #plan: HubPlan;
  readonly #bug: Bug | null;
  readonly #logger: Logger;
  #life: Life | null = null;
  #core: Core | null = null;
  /** Of the latest life that got to open it. */
  #log: Log | null = null;
  #sinks: SinkHost[] = [];
  #connections = 0;
  #lives = 0;

  constructor(world: World, plan: HubPlan, stores: readonly Store[], bug: Bug | null) {
    this.#world = world;
    this.#plan = plan;
    this.#bug = bug;
    this.stores = stores;
    this.machine = new Machine(world, 'hub', plan.clock);
    this.#logger = storyLogger(world, 'hub');
    bug?.onMachine?.(this.machine);
  }

  /** Null while it does not run. */
  get core(): Core | null {
    return this.#core;
  }

  get running(): boolean {
    return this.#life !== null;
  }

  get sinks(): readonly SinkHost[] {
    return this.#sinks;
  }

  /** Everything taken is on disk, and in every store. */
  get done(): boolean {
    const log = this.#core?.log;
    if (log === undefined || log.end !== log.durable || log.state !== 'ok') return false;
    return this.#sinks.every((sink) => sink.status.cursor === log.end);
  }

  start(): void {
    if (this.#life !== null) return;
    const life = this.machine.spawn(`hub#${++this.#lives}`);
    this.#life = life;
    this.#world.note('hub', 'starts', [this.#lives]);
    this.#begin(life).catch((error: unknown) => {
      this.#world.note('hub', 'does not start', [], () => String(error));
      this.kill();
      this.#world.after(RESTART_US, () => this.start());
    });
  }

  kill(): void {
    this.#world.note('hub', 'killed');
    this.#forget();
    this.machine.kill();
  }

  powerCut(): void {
    this.#world.note('hub', 'power cut');
    if (this.#log !== null) this.unconfirmed.push({ from: this.#log.durable, to: this.#log.end });
    this.#forget();
    this.machine.powerCut();
  }

  /** As hub/main.ts does it: goodbyes first, then the stores, then the core. */
  stop(): void {
    const [core, life] = [this.#core, this.#life];
    if (core === null || life === null) return;
    this.#world.note('hub', 'stops');
    this.#core = null;
    core.sessions.dismiss(new Returns(RESTART_US / 1_000, this.#plan.config.limits.connects_per_second));
    life.after(CLOSE_US, () => {
      const stopped = (): void => this.#stopped(life);
      this.#close(core).then(stopped, stopped);
    });
  }

  /** Takes a connection; false while nobody listens. */
  accept(socket: HubSocket, device: string): boolean {
    const [core, life] = [this.#core, this.#life];
    if (core === null || life?.alive !== true) return false;
    socket.belongsTo(life);
    const holder = {
      name: device,
      role: 'device',
      mayBe: (name: string) => name === device,
      device,
    } as const;
    const remote = `192.0.2.1:${++this.#connections}`;
    const peer: Peer = { holder, remote, upgradedUs: this.machine.clock.utcUs() };
    const { sessions, pressure } = core;
    const readTime = new ReadTime(this.machine.clock);
    const timers = this.machine.timersOf(life);
    new DeviceConnection(socket.asSocket, peer, {
      ...{ sessions, pressure, readTime, timers },
      logger: this.#logger,
    });
    return true;
  }

  async #begin(life: Life): Promise<void> {
    const { clock, boot } = this.machine;
    const files = this.machine.filesOf(life);
    const timers = this.machine.timersOf(life);
    const core = await Core.open(
      this.#plan.config,
      {
        ...{ clock, timers, files, boot },
        entropy: this.#world.chance(life.name),
        logger: this.#logger,
      },
      () => undefined,
    );
    this.#bug?.onHub?.(core);
    this.#sinks = this.#startSinks(life, core);
    this.#core = core;
    this.#log = core.log;
    this.#world.note('hub', 'listens', [core.log.start, core.log.end]);
  }

  #startSinks(life: Life, core: Core): SinkHost[] {
    const sinks = this.stores.map(
      (store) =>
        new SinkHost(store, {
          world: this.#world,
          machine: this.machine,
          hub: life,
          logDir: core.logDir,
          limits: this.#plan.sinkLimits,
          onStatus: (status) => this.#noteSink(store.name, status),
        }),
    );
    const known: readonly SeriesInfo[] = core.registry.allSeries();
    core.missed.follow(() => sinks.map((sink) => sink.status));
    for (const sink of sinks) {
      sink.announce(known);
      sink.advance(core.log.durable);
    }
    core.registry.onSeries((added) => sinks.forEach((sink) => sink.announce(added)));
    core.log.onDurable((durable) => sinks.forEach((sink) => sink.advance(durable)));
    return sinks;
  }

  #noteSink(name: string, { state, cursor, error, skipped }: RunStatus): void {
    const last = skipped.at(-1);
    this.#world.note(name, state, [cursor], () =>
      [error ?? '', last === undefined ? '' : `skipped ${last.from}-${last.to}: ${last.reason}`]
        .join(' ')
        .trim(),
    );
  }

  async #close(core: Core): Promise<void> {
    for (const sink of this.#sinks) sink.close();
    try {
      await core.close();
    } catch (error) {
      this.#world.note('hub', 'does not close cleanly', [], () => String(error));
    }
  }

  #stopped(life: Life): void {
    if (!life.alive) return;
    this.#world.note('hub', 'stopped');
    this.#forget();
    this.machine.kill();
  }

  #forget(): void {
    this.#life = null;
    this.#core = null;
    this.#sinks = [];
  }
}

/** A configuration beyond what its schema allows, such as a log that is full after some kilobytes. */
export function hubConfig(changes: {
  readonly session: Partial<HubConfig['session']>;
  readonly log: Partial<HubConfig['log']>;
  readonly limits: Partial<HubConfig['limits']>;
}): HubConfig {
  const config = hubConfigSchema.parse({});
  return {
    ...config,
    data_dir: DATA_DIR,
    session: { ...config.session, ...changes.session },
    log: { ...config.log, ...changes.log },
    limits: { ...config.limits, ...changes.limits },
  };
}
