import type { Clock } from '@weir/runtime';
import { Pace } from '../registry/pace.js';
import type { SinkStatus } from '../sinks/sink.js';

export interface StorePacesParts {
  /** The log's end on disk, each time that it moves. Returns the undo. */
  readonly onDurable: (listener: (durable: number) => void) => () => void;
  readonly onStatus: (listener: (status: SinkStatus) => void) => () => void;
  readonly clock: Clock;
}

/** A cursor, and how fast it moves. */
class Progress {
  readonly pace = new Pace();
  #at: number | null = null;

  moved(to: number, nowUs: number): void {
    // The first is where it stands, no progress; so is one that begins anew.
    if (this.#at !== null && to > this.#at) this.pace.add(to - this.#at, nowUs);
    this.#at = to;
  }
}

/** An end further off than this is no estimate, s. */
const END_S_MAX = 10 * 365 * 86_400;

/** How fast the log grows and each store takes it in: when a store that is behind will have caught up. */
export class StorePaces {
  readonly #log = new Progress();
  readonly #stores = new Map<string, Progress>();
  readonly #stops: readonly (() => void)[];

  constructor({ onDurable, onStatus, clock }: StorePacesParts) {
    this.#stops = [
      onDurable((durable) => this.#log.moved(durable, clock.utcUs())),
      onStatus(({ name, cursor, state }) => {
        if (state === 'running') this.#of(name).moved(cursor, clock.utcUs());
      }),
    ];
  }

  /** UTC us at which a store that lags so much has caught up; null when it never does. */
  caughtUpUs(name: string, lagBytes: number, nowUs: number): number | null {
    const gained = this.#of(name).pace.perSecond(nowUs) - this.#log.pace.perSecond(nowUs);
    const seconds = lagBytes === 0 ? 0 : lagBytes / gained;
    return seconds >= 0 && seconds < END_S_MAX ? Math.round(nowUs + seconds * 1e6) : null;
  }

  close(): void {
    for (const stop of this.#stops) stop();
  }

  #of(name: string): Progress {
    const known = this.#stores.get(name) ?? new Progress();
    this.#stores.set(name, known);
    return known;
  }
}
