/**
 * A machine: its clocks, its disk and the processes on it.
 *
 *   kill        ends processes: nothing of theirs happens any more, whatever they waited for; what they wrote is in the
 *               page cache still
 *   power cut   ends the machine: what was not synced is gone or torn, monotonic time begins anew with the next boot
 *
 * Clocks: `monotonic` runs at a rate of its own and begins with each boot; `utcErrors` is what the machine's UTC is off.
 */
import { MemoryFiles, type FileSystem } from '@weir/log';
import type { Clock, Entropy, Timers } from '@weir/runtime';
import { Disk } from './disk.js';
import { Life } from './life.js';
import type { World } from './world.js';

export interface MachineOptions {
  /** Rate of the monotonic clock against true time, parts per million. */
  readonly driftPpm: number;
  readonly utcErrorUs: number;
}

/** What a machine's UTC is off from some true us on. */
export interface UtcError {
  readonly fromUs: number;
  readonly errorUs: number;
}

/** A boot takes so long before processes see a clock at all. */
const BOOT_US = 3_000_000;

export class Machine {
  readonly name: string;
  readonly world: World;
  readonly chance: Entropy;
  readonly storage = new MemoryFiles();
  readonly disk: Disk;
  /** Machine's UTC minus true UTC, since the beginning. */
  readonly utcErrors: UtcError[];
  readonly #driftPpm: number;
  readonly #lives = new Set<Life>();
  #boot = 1;
  #bootedUs: number;

  constructor(world: World, name: string, options: MachineOptions) {
    this.world = world;
    this.name = name;
    this.chance = world.chance(`machine ${name}`);
    this.utcErrors = [{ fromUs: -Infinity, errorUs: options.utcErrorUs }];
    this.#driftPpm = options.driftPpm;
    this.#bootedUs = -BOOT_US;
    this.disk = new Disk(world, name, this.storage);
  }

  get boot(): string {
    return `${this.name}-boot-${this.#boot}`;
  }

  /** True us at which the present boot began. */
  get bootedUs(): number {
    return this.#bootedUs;
  }

  /** Now. */
  get utcErrorUs(): number {
    return this.utcErrors.at(-1)?.errorUs ?? 0;
  }

  /** Its UTC jumps. */
  setUtcError(errorUs: number): void {
    this.utcErrors.push({ fromUs: this.world.nowUs, errorUs });
    this.world.note(this.name, 'clock is set', [errorUs]);
  }

  /** What its UTC was off at some time from `fromUs` to `toUs`. */
  utcErrorsWithin(fromUs: number, toUs: number): number[] {
    const within = this.utcErrors.filter(
      (each, i) => each.fromUs <= toUs && (this.utcErrors[i + 1]?.fromUs ?? Infinity) >= fromUs,
    );
    return within.map(({ errorUs }) => errorUs);
  }

  readonly clock: Clock = {
    monotonicUs: () => Math.floor((this.world.nowUs - this.#bootedUs) * (1 + this.#driftPpm * 1e-6)),
    utcUs: () => this.world.trueUtcUs + this.utcErrorUs,
  };

  /** Begins a process; `parent` takes it along when it ends. */
  spawn(name: string, parent: Life | null = null): Life {
    const life = new Life(this.world, name, parent);
    this.#lives.add(life);
    life.onEnd(() => this.#lives.delete(life));
    return life;
  }

  timersOf(life: Life): Timers {
    const rate = 1 + this.#driftPpm * 1e-6;
    // A timer fires a little late, as on any machine that does other things too.
    return { after: (ms, run) => life.after((ms * 1000) / rate + this.chance.integer(0, 500), run) };
  }

  filesOf(life: Life): FileSystem {
    return this.disk.of(life);
  }

  /** Ends all processes. */
  kill(): void {
    for (const life of [...this.#lives]) life.end();
    this.storage.kill();
  }

  powerCut(): void {
    for (const life of [...this.#lives]) life.end();
    this.storage.powerCut(this.chance);
    this.#boot++;
    this.#bootedUs = this.world.nowUs;
  }
}
