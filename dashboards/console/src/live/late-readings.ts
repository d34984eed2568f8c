/**
 * Readings that came too late for the stream are fetched from the store, again and again until it has them all.
 *
 *   quiet ──expect──► waiting 2 s ──► forget their channels ──► the store has reached them? ──yes──► quiet
 *                         ▲                                                 │
 *                         └───────────────────────no───────────────────────┘
 */
import type { HubClient } from '../api/client.js';
import type { SinkStatus, Stats } from '../api/types.js';
import type { History } from './history.js';

/** The kind of store that answers for the past. */
const HISTORY_KIND = 'duckdb';
const AGAIN_MS = 2_000;

export class LateReadings {
  readonly #client: Pick<HubClient, 'stats'>;
  readonly #history: Pick<History, 'forget'>;
  /** Null is all. */
  #channels: Set<string> | null = new Set();
  #cursor = 0;
  #timer: ReturnType<typeof setTimeout> | null = null;
  #closed = false;

  constructor(client: Pick<HubClient, 'stats'>, history: Pick<History, 'forget'>) {
    this.#client = client;
    this.#history = history;
  }

  /** Readings of these channels, or of all, are in the log before `cursor`. */
  expect(cursor: number, channels: readonly string[] | null): void {
    this.#cursor = Math.max(this.#cursor, cursor);
    if (channels === null) this.#channels = null;
    else for (const channel of channels) this.#channels?.add(channel);
    if (this.#channels === null || this.#channels.size > 0) this.#later();
  }

  close(): void {
    this.#closed = true;
    if (this.#timer !== null) clearTimeout(this.#timer);
  }

  #later(): void {
    if (this.#closed || this.#timer !== null) return;
    this.#timer = setTimeout(() => {
      this.#client.stats().then(
        (stats) => this.#look(historyStore(stats)),
        () => this.#look(undefined),
      );
    }, AGAIN_MS);
  }

  /** `store`: how far it is; null when there is none, undefined when the hub did not answer. */
  #look(store: SinkStatus | null | undefined): void {
    this.#timer = null;
    if (store === undefined) return this.#later();
    const reached = store === null || store.cursor >= this.#cursor;
    if (this.#channels === null) this.#history.forget();
    else for (const channel of this.#channels) this.#history.forget(channel);
    if (reached) this.#channels = new Set();
    else this.#later();
  }
}

/** The store that answers for the past; null where there is none. */
export function historyStore(stats: Stats): SinkStatus | null {
  return stats.sinks.find((sink) => sink.kind === HISTORY_KIND) ?? null;
}
