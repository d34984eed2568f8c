import { HubClient } from '../api/client.js';
import type { DeviceState } from '../api/types.js';
import { counters, FrameLoop } from '../charts/frame-loop.js';
import { HubClock } from '../store/hub-clock.js';
import { Observed } from '../store/observed.js';
import { DeviceFeed } from './device-feed.js';
import { FleetFeed } from './fleet-feed.js';

/** The device under whose name the hub records its own vital signs. */
const HUB_DEVICE = 'weir-hub';
const HUB_RATE_CHANNEL = 'ingest/readings_per_second';

/** How far back the level of the whole hub is shown. */
export const LEVEL_WINDOW_MS = 300_000;

/** All that lives while a token is good. */
export class Session {
  readonly clock = new HubClock();
  readonly client: HubClient;
  readonly fleet: FleetFeed;
  readonly loop: FrameLoop;
  /** The feed of the device on show. */
  readonly device = new Observed<DeviceFeed | null>(null);

  constructor(token: string) {
    this.client = new HubClient(token, this.clock);
    this.fleet = new FleetFeed(this.client, () => this.nowMs());
    this.loop = new FrameLoop(() => this.nowMs());
    const stop = this.fleet.devices.subscribe(() => {
      stop();
      if (this.fleet.devices.value?.some((each) => each.device === HUB_DEVICE)) this.#fillLevel();
    });
  }

  /** UTC ms by the hub's clock. */
  nowMs(): number {
    return this.clock.utcMs(performance.now(), Date.now());
  }

  show(device: string | null): void {
    if (this.device.value?.readings.device === device) return;
    this.device.value?.close();
    if (device === null) return this.device.set(null);
    const feed = new DeviceFeed(this.client, device, () => this.nowMs());
    feed.onDevice = (state) => this.fleet.update(state);
    feed.onReadings = (count) => (counters.readings += count);
    this.device.set(feed);
  }

  /** The state of a device as far as this page can know it: without the hub, nothing is known to be online. */
  stateOf(device: string): DeviceState {
    const stream = this.device.value?.stream.value.name;
    if (!this.fleet.link.value.up || stream === 'waiting') return 'stale';
    return this.fleet.devices.value?.find((each) => each.device === device)?.state ?? 'offline';
  }

  retryNow(): void {
    this.fleet.retryNow();
    this.device.value?.retryNow();
  }

  close(): void {
    this.fleet.close();
    this.device.value?.close();
  }

  /** The pace before this page was opened, as the hub recorded it. */
  #fillLevel(): void {
    const toUs = Math.floor(this.nowMs() * 1_000);
    const query = {
      device: HUB_DEVICE,
      channel: HUB_RATE_CHANNEL,
      fromUs: toUs - LEVEL_WINDOW_MS * 1_000,
      toUs,
    };
    this.client.readings({ ...query, limit: 1_000, order: 'desc' }).then(
      ({ timesUs, values }) => {
        const oldestUs = this.fleet.level.oldestUs ?? toUs;
        for (const [index, timeUs] of timesUs.entries()) {
          const value = values[index];
          if (typeof value === 'number' && timeUs < oldestUs) this.fleet.level.put(timeUs, value);
        }
      },
      // Without it the level begins with this page; nothing is lost.
      () => undefined,
    );
  }
}
