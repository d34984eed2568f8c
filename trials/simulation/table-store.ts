import { ClockSource, type Sink, type SinkBatch } from '@weir/hub/parts';
import { WeirError, type Entropy } from '@weir/runtime';
import type { Bug } from './bugs.js';
import { request, type SinkThread, type Store, type StoreHealth, type StoredReading } from './stores.js';
import { idOf } from './truth.js';
import type { World } from './world.js';

/** A reading with everything that the product tells of its time. */
export interface Row extends StoredReading {
  readonly epoch: number;
  readonly seq: number;
  readonly monotonicUs: number;
  readonly source: ClockSource;
  /** Place of its record in the hub's log. */
  readonly logOffset: number;
}

/** A store with transactions: rows and cursor change together or not at all. */
export class TableStore implements Store {
  readonly name = 'tables';
  readonly health: StoreHealth = { failing: 0, slow: false };
  readonly rows: Row[] = [];
  cursor = 0;
  readonly #chance: Entropy;

  readonly #bug: Bug | null;

  constructor(world: World, bug: Bug | null) {
    this.#chance = world.chance('tables');
    this.#bug = bug;
  }

  sink({ life }: SinkThread): Sink {
    const sink: Sink = {
      quarantined: 0,
      open: async () => {
        await this.#request(life);
        return this.cursor;
      },
      write: async (batch) => {
        await this.#request(life);
        this.commit(batch);
        await this.#request(life);
      },
      close: () => Promise.resolve(),
    };
    return this.#bug?.onTables?.(sink, this) ?? sink;
  }

  /** One transaction. */
  commit(batch: SinkBatch): void {
    this.add(batch);
    this.cursor = batch.next;
  }

  /** The readings of a batch alone. */
  add(batch: SinkBatch): void {
    for (const column of batch.columns) {
      const { series, epoch, offsetUs, uncertaintyUs, clockSource: source, logOffset } = column;
      for (let i = 0; i < column.monotonicUs.length; i++) {
        const monotonicUs = column.monotonicUs[i] ?? 0;
        const seq = column.seq[i] ?? 0;
        const { device, channel } = series;
        const id = idOf(column.values[i]);
        const utcUs = monotonicUs + offsetUs;
        this.rows.push({
          device,
          channel,
          id,
          utcUs,
          uncertaintyUs,
          epoch,
          seq,
          monotonicUs,
          source,
          logOffset,
        });
      }
    }
  }

  readings(): readonly Row[] & StoredReading[] {
    return this.rows;
  }

  setAside(): Promise<number[]> {
    return Promise.resolve([]);
  }

  async #request(life: SinkThread['life']): Promise<void> {
    await request(life, this.#chance, this.health);
    if (this.#chance.unit() < this.health.failing)
      throw new WeirError('internal.unexpected', 'the store fails', { retryable: true });
  }
}
