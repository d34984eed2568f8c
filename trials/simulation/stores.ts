/**
 * What sinks write to, and what the sinks are. Stores live beyond the hub's machine: nothing that happens there takes
 * from them what they have confirmed.
 *
 *   tables   one transaction for readings and cursor, as DuckDB: the sink is ours, since the real one is native code
 *   lines    InfluxDB's line protocol, points by series and time: the product's own sink, its client replaced
 */
import type { Sink } from '@weir/hub/parts';
import type { FileSystem } from '@weir/log';
import type { Clock, Entropy, Timers } from '@weir/runtime';
import type { Life } from './life.js';

/** A reading as a store has it. */
export interface StoredReading {
  readonly device: string;
  readonly channel: string;
  readonly id: number;
  readonly utcUs: number;
  readonly uncertaintyUs: number;
}

export interface SinkThread {
  readonly life: Life;
  readonly files: FileSystem;
  readonly timers: Timers;
  readonly clock: Clock;
}

/** How well a store does. */
export interface StoreHealth {
  /** Share of requests that fail, half of them after the fact. */
  failing: number;
  slow: boolean;
}

export interface Store {
  readonly name: string;
  readonly health: StoreHealth;
  /** The sink for a thread that begins. */
  sink(thread: SinkThread): Sink;
  /** What is in it; equal readings that are there twice come twice. */
  readings(): StoredReading[];
  /** Readings set aside with a reason, from the files of the hub's machine. */
  setAside(files: FileSystem): Promise<number[]>;
}

/** Waits as long as a request takes. */
export async function request(life: Life, chance: Entropy, { slow }: StoreHealth): Promise<void> {
  await life.sleep(chance.integer(100, 10_000) * (slow ? 300 : 1));
}
