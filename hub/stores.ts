import { join } from 'node:path';
import type { Logger, Timers } from '@weir/runtime';
import { LongPoll } from './api/long-poll.js';
import type { Waiters } from './api/waiters.js';
import type { HubConfig } from './config.js';
import type { Core } from './core.js';
import type { QuarantineFacts } from './explain/facts.js';
import type { History } from './history/history.js';
import { StoreHistory } from './history/store-history.js';
import { SinkWorker } from './sinks/sink-worker.js';
import type { SinkStatus } from './sinks/sink.js';

/** The stores that the hub fills, each by a worker of its own with its own place in the log. */
export class Stores {
  /** Null when the embedded store is switched off. */
  readonly history: History | null;
  readonly #sinks: readonly SinkWorker[];
  readonly #duckdb: SinkWorker | null;
  readonly #influx: SinkWorker | null;
  readonly #stops: readonly (() => void)[];

  private constructor(core: Core, duckdb: SinkWorker | null, influx: SinkWorker | null) {
    const sinks = [duckdb, influx].filter((sink) => sink !== null);
    this.#sinks = sinks;
    this.#duckdb = duckdb;
    this.#influx = influx;
    this.history = duckdb === null ? null : new StoreHistory(duckdb);
    core.missed.follow(() => this.statuses());
    const known = core.registry.allSeries();
    for (const sink of sinks) {
      sink.announce(known);
      sink.advance(core.log.durable);
    }
    this.#stops = [
      core.registry.onSeries((added) => sinks.forEach((sink) => sink.announce(added))),
      core.log.onDurable((durable) => sinks.forEach((sink) => sink.advance(durable))),
    ];
  }

  /** Starts what the configuration names. A store that does not answer is no error: its status says so. */
  static async start(config: HubConfig, dataDir: string, core: Core, logger: Logger): Promise<Stores> {
    const { logDir } = core;
    const { duckdb, influx } = config.stores;
    const options = { ...duckdb, path: duckdb.path ?? join(dataDir, 'readings.duckdb') };
    const common = { logDir, logger };
    const [embedded, remote] = await Promise.all([
      duckdb.enabled ? SinkWorker.start({ ...common, name: 'duckdb', kind: 'duckdb', options }) : null,
      influx === null
        ? null
        : SinkWorker.start({
            ...common,
            name: 'influx',
            kind: 'influx',
            options: { ...influx, dir: join(dataDir, 'influx') },
          }),
    ]);
    return new Stores(core, embedded, remote);
  }

  statuses(): SinkStatus[] {
    return this.#sinks.map((sink) => sink.status());
  }

  /** Calls back on each change of a store's status. Returns the undo. */
  onStatus(listener: (status: SinkStatus) => void): () => void {
    const stops = this.#sinks.map((sink) => sink.onStatus(listener));
    return () => stops.forEach((stop) => stop());
  }

  /** The store that sets aside what it refuses, with its name; null where none does. */
  get quarantine(): SinkWorker | null {
    return this.#influx;
  }

  /** What was set aside of a device. Rejects where the store does not answer. */
  async quarantinedOf(device: string): Promise<QuarantineFacts[]> {
    const store = this.#influx;
    const { name, quarantined } = store?.status() ?? { name: '', quarantined: 0 };
    if (store === null || quarantined === 0) return [];
    const found = await store.query({ kind: 'quarantine_of', device });
    return found === null ? [] : [{ store: name, ...found }];
  }

  /** Waiting for readings to come; null where there is no history. */
  longPoll(timers: Timers, waiters: Waiters): LongPoll | null {
    const [history, duckdb] = [this.history, this.#duckdb];
    if (history === null || duckdb === null) return null;
    const cursor = (): number => duckdb.status().cursor;
    return new LongPoll({ history, hurry: (offset) => duckdb.caughtUp(offset), cursor, timers, waiters });
  }

  async close(): Promise<void> {
    for (const stop of this.#stops) stop();
    await Promise.all(this.#sinks.map((sink) => sink.close()));
  }
}
