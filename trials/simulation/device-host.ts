/** A device: its machine, the agent on it as the product makes it, and the sensors that it reads. */
import { createDevice, type Device } from '@weir/device-agent';
import type { Entropy } from '@weir/runtime';
import type { Bug } from './bugs.js';
import type { HubHost } from './hub-host.js';
import type { Life } from './life.js';
import { storyLogger } from './logger.js';
import { Machine } from './machine.js';
import type { Network } from './network.js';
import type { DevicePlan } from './plan.js';
import { valueOf, type Run, type RunEnd } from './truth.js';
import type { World } from './world.js';

/** Beside delays that are configured: for timers, writes and syncs of a disk in good health. */
const SLACK_US = 3_000_000;
/** What an agent draws the ids of its epochs below. */
const EPOCH_END = 2 ** 53;

export interface DeviceParts {
  readonly world: World;
  readonly network: Network;
  readonly hub: HubHost;
  readonly bug: Bug | null;
}

export class DeviceHost {
  readonly name: string;
  readonly machine: Machine;
  readonly plan: DevicePlan;
  readonly #parts: DeviceParts;
  /** Sensors are read while set. */
  reading = true;
  #device: Device | null = null;
  #run: Run | null = null;
  #life: Life | null = null;
  #starting = false;
  #stopping = false;
  #lives = 0;

  constructor(plan: DevicePlan, parts: DeviceParts) {
    this.plan = plan;
    this.name = plan.name;
    this.#parts = parts;
    this.machine = new Machine(parts.world, plan.name, plan.clock);
    parts.bug?.onMachine?.(this.machine);
  }

  /** Null while it does not run. */
  get device(): Device | null {
    return this.#device;
  }

  get running(): boolean {
    return this.#life !== null;
  }

  /** Everything read is at the hub, or told as lost. */
  get done(): boolean {
    const stats = this.#device?.stats();
    return stats?.backlog_frames === 0 && stats.state === 'streaming';
  }

  /** The spool's disk is not in use though it should be. */
  get withoutDisk(): boolean {
    return this.plan.spool !== null && this.#device?.stats().spool.state === 'failed';
  }

  start(): void {
    if (this.#life !== null) return;
    const life = this.machine.spawn(`${this.name}#${++this.#lives}`);
    this.#life = life;
    this.#starting = true;
    this.#parts.world.note(this.name, 'starts', [this.#lives]);
    this.#begin(life).catch((error: unknown) => {
      this.#parts.world.note(this.name, 'does not start', [], () => String(error));
      this.#forget();
      life.end();
      this.#parts.world.after(1_000_000, () => this.start());
    });
  }

  kill(): void {
    this.#ends('killed');
    this.machine.kill();
  }

  powerCut(): void {
    this.#ends('power cut');
    this.machine.powerCut();
  }

  /** Asks the agent to stop, and lets go of the machine when it has. */
  stop(): void {
    const [device, life] = [this.#device, this.#life];
    if (device === null || life === null || this.#stopping) return;
    this.#stopping = true;
    this.#parts.world.note(this.name, 'stops');
    const stopped = (): void => {
      if (!life.alive) return;
      this.#ends('stopped');
      this.machine.kill();
    };
    device.close().then(stopped, stopped);
  }

  async #begin(life: Life): Promise<void> {
    const { world, network, hub, bug } = this.#parts;
    const transport = network.transport(this.name, life, hub);
    const { machine, plan } = this;
    const run: Run = {
      device: this.name,
      boot: machine.boot,
      bootedUs: machine.bootedUs,
      startedUs: world.nowUs,
      epoch: null,
      end: null,
    };
    this.#run = run;
    network.truth.runs.push(run);
    const device = await createDevice(
      {
        device: this.name,
        hub: 'ws://hub.test',
        token: 'secret',
        spool: plan.spool === null ? 'memory' : { dir: '/spool', ...plan.spool },
        memoryBytes: plan.memoryBytes,
        batch: plan.batch,
      },
      {
        clock: machine.clock,
        timers: machine.timersOf(life),
        entropy: this.#watched(world.chance(life.name), run),
        logger: storyLogger(world, this.name),
        transport: bug?.onTransport?.(transport, world) ?? transport,
        files: machine.filesOf(life),
        boot: bug?.boot ?? machine.boot,
      },
    );
    this.#starting = false;
    this.#device = device;
    for (const channel of plan.channels) this.#sense(life, device, run, channel);
  }

  /** The agent draws the id of its epoch: a run that never gets to say hello has one too. */
  #watched(chance: Entropy, run: Run): Entropy {
    return {
      unit: () => chance.unit(),
      integer: (min, max) => {
        const drawn = chance.integer(min, max);
        if (max === EPOCH_END) run.epoch ??= drawn;
        return drawn;
      },
    };
  }

  #sense(life: Life, device: Device, run: Run, channel: DevicePlan['channels'][number]): void {
    const { world, network } = this.#parts;
    const output = device.output('sensor');
    const take = (): void => {
      life.after(channel.intervalUs * (0.5 + this.machine.chance.unit()), take);
      if (
        !this.reading ||
        this.#stopping ||
        this.#device !== device ||
        network.truth.nextId >= this.plan.readingsMax
      )
        return;
      const id = network.truth.nextId;
      const monotonicUs = this.machine.clock.monotonicUs();
      const name = `sensor/${channel.name}`;
      network.truth.taken.push({ id, run, channel: name, atUs: world.nowUs, monotonicUs });
      const textBytes = channel.kindOf(this.#lives) === 'text' ? channel.textBytes : null;
      output.reading(channel.name, valueOf(id, textBytes), monotonicUs);
    };
    life.after(this.machine.chance.integer(0, channel.intervalUs), take);
  }

  #ends(how: RunEnd['how']): void {
    const { world } = this.#parts;
    world.note(this.name, how);
    if (this.#run !== null) this.#run.end = { atUs: world.nowUs, how, safeBeforeUs: this.#safeBeforeUs(how) };
    this.#forget();
  }

  /** What the agent promises of its disk: what is older than the commit delay is there. */
  #safeBeforeUs(how: RunEnd['how']): number {
    const { spool, batch } = this.plan;
    const { soundSinceUs } = this.machine.disk;
    const { nowUs } = this.#parts.world;
    if (spool === null || soundSinceUs === null || this.#starting || this.withoutDisk) return -Infinity;
    const delayUs = (batch.maxDelayMs + spool.commitDelayMs) * 1_000 + SLACK_US;
    if (nowUs - soundSinceUs < delayUs) return -Infinity;
    return how === 'stopped' ? nowUs : nowUs - delayUs;
  }

  #forget(): void {
    this.#device = null;
    this.#run = null;
    this.#life = null;
    this.#stopping = false;
  }
}
