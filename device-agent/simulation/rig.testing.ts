/** A device on virtual time, a wire and a fake hub; the device can be started, stopped, killed and started again. */
import { MemoryFiles } from '@weir/log';
import {
  seededEntropy,
  silentLogger,
  type Clock,
  type Entropy,
  type Logger,
  type Timers,
} from '@weir/runtime';
import { createDevice, type Device, type DeviceOptions } from '../device.js';
import { FakeHub } from './fake-hub.testing.js';
import { VirtualTime, settled } from './virtual-time.testing.js';
import { Wire } from './wire.testing.js';

export interface RigOptions {
  readonly seed?: number;
  readonly spool?: DeviceOptions['spool'];
  readonly memoryBytes?: number;
  readonly batch?: DeviceOptions['batch'];
  readonly command?: DeviceOptions['command'];
  readonly logger?: Logger;
  /** Readings are texts of so many bytes that begin with their number, in place of numbers. */
  readonly textBytes?: number;
}

export class Rig {
  readonly time = new VirtualTime();
  readonly entropy: Entropy;
  readonly hub: FakeHub;
  readonly wire: Wire;
  readonly files: MemoryFiles;
  readonly #options: RigOptions;
  #device: Device | null = null;
  #life = 0;
  #boot = 1;
  #bootedUs = 0;
  #taken = 0;

  constructor(options: RigOptions = {}) {
    this.#options = options;
    this.entropy = seededEntropy(options.seed ?? 1);
    this.files = new MemoryFiles();
    // The hub's clock is right and the device's is not.
    this.hub = new FakeHub(() => this.time.monotonicUs() + 1_790_000_000_000_000);
    this.wire = new Wire(this.hub, this.time, () => this.time.monotonicUs() / 1000);
  }

  get device(): Device {
    if (this.#device === null) throw new Error('the device is not running');
    return this.#device;
  }

  /** Number of readings taken by all runs. */
  get taken(): number {
    return this.#taken;
  }

  /** The device's clock: monotonic since its boot. */
  readonly clock: Clock = {
    monotonicUs: () => this.time.monotonicUs() - this.#bootedUs,
    utcUs: () => this.time.utcUs(),
  };

  async start(): Promise<Device> {
    const { spool = 'memory', memoryBytes, batch, command, logger = silentLogger } = this.#options;
    const { clock, entropy, wire } = this;
    this.#device = await createDevice(
      {
        device: 'rig',
        hub: 'ws://hub.test',
        token: 'secret',
        spool,
        batch: batch ?? { maxDelayMs: 50, maxReadings: 500 },
        ...(memoryBytes === undefined ? {} : { memoryBytes }),
        ...(command === undefined ? {} : { command }),
      },
      {
        clock,
        timers: this.#timersOfThisLife(),
        entropy,
        logger,
        transport: wire,
        files: this.files.forProcess(),
        boot: `boot-${this.#boot}`,
      },
    );
    return this.#device;
  }

  /** Takes readings, one a batch, `everyMs` apart; each has the next number as its value. */
  async take(count: number, everyMs = 100): Promise<void> {
    const { textBytes } = this.#options;
    const output = this.device.output('sensor');
    for (let i = 0; i < count; i++) {
      const number = this.#taken++;
      const value = textBytes === undefined ? number : String(number).padEnd(textBytes);
      output.reading('value', value, this.clock.monotonicUs());
      await this.time.pass(everyMs);
    }
  }

  /** The numbers that readings have had so far. */
  get numbers(): number[] {
    return Array.from({ length: this.#taken }, (_, i) => i);
  }

  async stop(): Promise<void> {
    const closing = this.device.close();
    for (let i = 0; i < 5; i++) await this.time.pass(1_000);
    await closing;
    this.#device = null;
  }

  /** Ends the process as kill -9 does: nothing more is written, all that was written stays. */
  async kill(): Promise<void> {
    this.#end();
    this.files.kill();
    await settled();
  }

  /** Ends the machine: what was not synced is gone, in whole or in part, and the monotonic clock begins anew. */
  async powerCut(): Promise<void> {
    this.#end();
    this.files.powerCut(this.entropy);
    this.#boot++;
    this.#bootedUs = this.time.monotonicUs() - 1_000_000;
    await settled();
  }

  #end(): void {
    this.wire.current?.freeze();
    this.#life++;
    this.#device = null;
  }

  /** What a process that is no more had planned never happens. */
  #timersOfThisLife(): Timers {
    const life = this.#life;
    return {
      after: (ms, run) =>
        this.time.after(ms, () => {
          if (life === this.#life) run();
        }),
    };
  }
}
