/**
 * Asks the hub how things are, again and again: the counters each second, the list of devices at a pace that its
 * length sets, neither while the page is hidden. After a failure the next question waits with full jitter.
 */
import type { HubClient } from '../api/client.js';
import { HubError } from '../api/errors.js';
import type { Device, Stats } from '../api/types.js';
import { Fleet, type ListedDevice } from '../store/fleet.js';
import { Observed } from '../store/observed.js';
import { Rate } from '../store/rate.js';
import { SeriesBuffer } from '../store/series-buffer.js';
import { Poll } from './poll.js';

const STATS_MS = 1_000;
const DEVICES_MS = 2_000;

/** A longer list is asked for less often: devices listed per ms of pause. */
const DEVICES_PER_MS = 0.5;

/** Whether the hub answers; `retryAtMs` by performance.now(). */
export type HubLink = { readonly up: true } | { readonly up: false; readonly retryAtMs: number };

export class FleetFeed {
  readonly devices = new Observed<readonly ListedDevice[] | null>(null);
  readonly stats = new Observed<Stats | null>(null);
  readonly link = new Observed<HubLink>({ up: true });
  /** Readings per second into the hub, now (null while not known yet) and since the page is open. */
  readonly perSecond = new Observed<number | null>(null);
  readonly level = new SeriesBuffer(3_600);
  /** Called when the hub refuses the token. */
  onUnauthorised: () => void = () => undefined;
  readonly #client: HubClient;
  readonly #hubNowMs: () => number;
  readonly #fleet = new Fleet();
  readonly #rate = new Rate();
  readonly #polls: Poll[];

  constructor(client: HubClient, hubNowMs: () => number) {
    this.#client = client;
    this.#hubNowMs = hubNowMs;
    const failed = (error: unknown, retryAtMs: number) => this.#failed(error, retryAtMs);
    this.#polls = [new Poll(() => this.#askStats(), failed), new Poll(() => this.#askDevices(), failed)];
  }

  /** A state that the stream told, ahead of the next list. */
  update(device: Device): void {
    this.#fleet.update(device);
    this.devices.set(this.#fleet.devices);
  }

  retryNow(): void {
    for (const poll of this.#polls) poll.now();
  }

  close(): void {
    for (const poll of this.#polls) poll.close();
  }

  async #askStats(): Promise<number> {
    const stats = await this.#client.stats();
    const perSecond = this.#rate.sample(stats.ingest.readings, performance.now());
    if (perSecond !== null) this.level.put(this.#hubNowMs() * 1_000, perSecond);
    this.stats.set(stats);
    this.perSecond.set(perSecond);
    this.link.set(this.link.value.up ? this.link.value : { up: true });
    return STATS_MS;
  }

  async #askDevices(): Promise<number> {
    const devices = await this.#client.devices();
    const first = this.devices.value === null;
    this.#fleet.replace(devices, performance.now());
    this.devices.set(this.#fleet.devices);
    // The second list follows soon, whatever its length: only two of them make a pace.
    return first ? DEVICES_MS : Math.max(DEVICES_MS, devices.length / DEVICES_PER_MS);
  }

  #failed(error: unknown, retryAtMs: number): void {
    if (error instanceof HubError && error.code === 'unauthorised') this.onUnauthorised();
    else this.link.set({ up: false, retryAtMs });
  }
}
