/** Fetches the past of channels, a few at a time, and only what is not held yet. */
import type { HubClient } from '../api/client.js';
import { HubError } from '../api/errors.js';
import type { ChannelSeries } from '../store/channel-series.js';

const AT_ONCE = 4;

/** Readings fetched one by one. */
const PAGE_READINGS = 2_000;

/** Pages of states. */
const STATE_PAGES = 5;

/** Steps into which what is older is cut: more than a chart has pixels to show. */
const STEPS = 720;

type HistoryClient = Pick<HubClient, 'readings'>;

interface Stretch {
  readonly series: ChannelSeries;
  readonly fromUs: number;
  readonly toUs: number;
}

export class History {
  readonly #client: HistoryClient;
  readonly #device: string;
  /** By channel: the time from which on its readings are held or under way, UTC us. */
  readonly #heldFrom = new Map<string, number>();
  readonly #queue: Stretch[] = [];
  #running = 0;
  #closed = false;

  constructor(client: HistoryClient, device: string) {
    this.#client = client;
    this.#device = device;
  }

  /** Sees to it that the series reaches back to `fromUs`; `nowUs` by the hub's clock. */
  want(series: ChannelSeries, fromUs: number, nowUs: number): void {
    const held = this.#heldFrom.get(series.name);
    // A little beyond now: a device's time may be ahead within its uncertainty.
    const toUs = held ?? nowUs + 60_000_000;
    if (fromUs >= toUs) return;
    this.#heldFrom.set(series.name, fromUs);
    this.#queue.push({ series, fromUs: Math.floor(fromUs), toUs: Math.floor(toUs) });
    this.#next();
  }

  /** A channel, or all, is to be fetched again when next wanted: the stream has told of a stretch that it left out. */
  forget(channel?: string): void {
    if (channel === undefined) this.#heldFrom.clear();
    else this.#heldFrom.delete(channel);
  }

  close(): void {
    this.#closed = true;
    this.#queue.length = 0;
  }

  #next(): void {
    while (this.#running < AT_ONCE && !this.#closed) {
      const stretch = this.#queue.shift();
      if (stretch === undefined) return;
      this.#running++;
      this.#fetch(stretch)
        .catch((error: unknown) => this.#failed(stretch, error))
        .finally(() => {
          this.#running--;
          this.#next();
        });
    }
  }

  /**
   * The newest readings of the stretch one by one; of numbers before them the extremes of steps, so that the newest can
   * be looked at closely and no spike is lost further back. States have no extremes: more pages, up to a bound.
   */
  async #fetch({ series, fromUs, toUs }: Stretch): Promise<void> {
    const query = { device: this.#device, channel: series.name, fromUs, toUs, limit: PAGE_READINGS } as const;
    let page = await this.#client.readings({ ...query, order: 'desc' });
    series.take(page.timesUs, page.values, null);
    const oldestUs = page.timesUs.at(-1);
    if (page.nextCursor === null || oldestUs === undefined) return;
    if (series.type === 'number') return this.#fetchExtremes(series, fromUs, oldestUs);
    for (let pages = 1; page.nextCursor !== null && pages < STATE_PAGES; pages++) {
      page = await this.#client.readings({ ...query, order: 'desc', cursor: page.nextCursor });
      series.take(page.timesUs, page.values, null);
    }
  }

  async #fetchExtremes(series: ChannelSeries, fromUs: number, toUs: number): Promise<void> {
    const stepMs = Math.max(1, Math.ceil((toUs - fromUs) / 1_000 / STEPS));
    const query = { device: this.#device, channel: series.name, fromUs, toUs, limit: STEPS + 2, stepMs };
    const [lows, highs] = await Promise.all([
      this.#client.readings({ ...query, aggregate: 'min' }),
      this.#client.readings({ ...query, aggregate: 'max' }),
    ]);
    series.takeExtremes(lows, highs, stepMs, toUs);
  }

  /** A stretch that could not be fetched is wanted again the next time somebody asks. */
  #failed({ series, toUs }: Stretch, error: unknown): void {
    if (!(error instanceof HubError)) throw error;
    if (error.code !== 'refused') this.#heldFrom.set(series.name, toUs);
  }
}
