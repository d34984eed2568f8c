/**
 * Is a device there?
 *
 *   online    connected, and something came within three of its expected intervals (or it expects none)
 *   stale     connected, but its readings stopped
 *   offline   not connected. A device that posts over HTTP has no connection: it is online while its posts keep coming
 */
import type { Clock } from '@weir/runtime';
import type { DeviceEntry } from './device.js';
import type { Registry } from './registry.js';

export type DeviceState = 'online' | 'stale' | 'offline';

/** Batching and retries delay a frame by up to this much more than its readings' interval. */
const SLACK_US = 5e6;
const INTERVALS = 3;
/** For a device over HTTP that describes no interval. */
const HTTP_SILENCE_US = 60e6;

export interface Presence {
  readonly state: DeviceState;
  /** UTC us at which the state was entered. */
  readonly sinceUs: number;
}

export function stateOf(device: DeviceEntry, nowUs: number): DeviceState {
  const { connection, intervalMs } = device;
  const allowedUs = intervalMs === null ? null : Math.max(INTERVALS * intervalMs * 1000, SLACK_US);
  if (connection !== null) {
    if (allowedUs === null) return 'online';
    const silentUs = nowUs - Math.max(device.lastReadingUs ?? 0, connection.sinceUs);
    return silentUs > allowedUs ? 'stale' : 'online';
  }
  if (device.postedUs === null) return 'offline';
  return nowUs - device.postedUs > (allowedUs ?? HTTP_SILENCE_US) ? 'offline' : 'online';
}

/** Remembers each device's state and tells of changes. */
export class PresenceBoard {
  readonly #registry: Registry;
  readonly #clock: Clock;
  readonly #states = new Map<DeviceEntry, Presence>();
  readonly #listeners = new Set<(device: DeviceEntry) => void>();

  constructor(registry: Registry, clock: Clock) {
    this.#registry = registry;
    this.#clock = clock;
  }

  onChange(listener: (device: DeviceEntry) => void): () => void {
    this.#listeners.add(listener);
    return () => this.#listeners.delete(listener);
  }

  of(device: DeviceEntry): Presence {
    return (
      this.#states.get(device) ?? { state: 'offline', sinceUs: device.lastSeenUs ?? this.#clock.utcUs() }
    );
  }

  /** Looks at one device at once; `always` tells even if its state is the same (it connected anew). */
  look(device: DeviceEntry, always = false): void {
    const nowUs = this.#clock.utcUs();
    const state = stateOf(device, nowUs);
    const changed = this.#states.get(device)?.state !== state;
    if (changed) this.#states.set(device, { state, sinceUs: nowUs });
    if (changed || always) for (const listener of this.#listeners) listener(device);
  }

  /** Looks at all devices. To be called about once a second. */
  lookAtAll(): void {
    for (const device of this.#registry.devices.values()) {
      if (device.connection === null && device.postedUs === null) continue;
      this.look(device);
    }
  }
}
