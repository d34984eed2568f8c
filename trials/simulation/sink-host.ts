/** A sink's thread: the product's SinkRun over a store, started again when it dies, told of series and durability. */
import { SinkRun, type RunStatus, type SeriesInfo, type SinkStatus } from '@weir/hub/parts';
import type { Life } from './life.js';
import type { Machine } from './machine.js';
import type { Store } from './stores.js';
import type { World } from './world.js';

export interface SinkHostParts {
  readonly world: World;
  readonly machine: Machine;
  /** The hub's process. */
  readonly hub: Life;
  readonly logDir: string;
  readonly limits: { readonly bytes: number; readonly readings: number };
  readonly onStatus: (status: RunStatus) => void;
}

/** As sink-worker.ts: how often a thread hears how far the log is durable. */
const ADVANCE_US = 20_000;
const RESTART_US = [100_000, 1_000_000] as const;

export class SinkHost {
  readonly store: Store;
  readonly #parts: SinkHostParts;
  readonly #known = new Map<number, SeriesInfo>();
  #life: Life | null = null;
  #run: SinkRun | null = null;
  #table = new Map<number, SeriesInfo>();
  #durable = -1;
  #told = -1;
  #telling = false;
  #closing = false;
  #status: RunStatus = {
    ...{ state: 'running', cursor: 0, readings: 0, quarantined: 0, skipped: [] },
    ...{ error: null, errorCode: null },
  };

  constructor(store: Store, parts: SinkHostParts) {
    this.store = store;
    this.#parts = parts;
    this.#start();
  }

  /** As the hub knows it. */
  get status(): SinkStatus {
    return { ...this.#status, name: this.store.name, kind: 'duckdb' };
  }

  announce(series: readonly SeriesInfo[]): void {
    for (const { id, device, channel, type, unit } of series) {
      const info = { id, device, channel, type, unit };
      this.#known.set(id, info);
      this.#post(() => this.#table.set(id, info));
    }
  }

  advance(durable: number): void {
    this.#durable = Math.max(this.#durable, durable);
    if (!this.#telling) this.#tell();
  }

  /** The thread dies where it stands. */
  crash(): void {
    if (this.#life === null || this.#closing) return;
    this.#parts.world.note(this.store.name, 'its thread dies');
    this.#life.end();
    this.#life = null;
    this.#run = null;
    const [least, most] = RESTART_US;
    this.#parts.hub.after(this.#parts.machine.chance.integer(least, most), () => this.#start());
  }

  close(): void {
    this.#closing = true;
    this.#run?.close();
  }

  #start(): void {
    if (this.#closing || this.#life !== null) return;
    const { machine, hub, world, logDir, limits, onStatus } = this.#parts;
    const life = machine.spawn(`${this.store.name} thread`, hub);
    this.#life = life;
    this.#table = new Map(this.#known);
    const files = machine.filesOf(life);
    const timers = machine.timersOf(life);
    const { clock } = machine;
    const sink = this.store.sink({ life, files, timers, clock });
    const run = new SinkRun({
      ...{ sink, logDir, files, limits, clock, timers },
      series: this.#table,
      maxDelayMs: 100,
      entropy: world.chance(`sink ${this.store.name} ${world.nowUs}`),
      onStatus: (status) => {
        this.#status = status;
        onStatus(status);
      },
    });
    this.#run = run;
    this.#told = -1;
    const ended = (): void => life.end();
    run.run().then(ended, ended);
    this.#tell();
  }

  #tell(): void {
    this.#telling = true;
    const durable = this.#durable;
    if (durable > this.#told) {
      this.#told = durable;
      this.#post(() => this.#run?.advance(durable));
    }
    this.#parts.hub.after(ADVANCE_US, () => {
      this.#telling = false;
      if (this.#durable > this.#told) this.#tell();
    });
  }

  /** A message between threads: in order, a little later. */
  #post(run: () => void): void {
    const life = this.#life;
    life?.after(50, run);
  }
}
