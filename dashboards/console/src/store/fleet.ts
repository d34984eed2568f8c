import type { Device, DeviceState } from '../api/types.js';

/** A device as listed: what the hub says, and the pace of its readings between the last two answers. */
export interface ListedDevice extends Device {
  /** Null until there are two. */
  readonly perSecond: number | null;
}

/** Shortest time over which a pace is worked out, ms. */
const LEAST_SPAN_MS = 500;

interface Counted {
  readonly readings: number;
  readonly atMs: number;
  readonly perSecond: number | null;
}

/** All devices by name, from whole lists (polled) and single states (streamed). Times in ms, monotonic. */
export class Fleet {
  #devices: ListedDevice[] = [];
  readonly #counted = new Map<string, Counted>();

  /** Sorted by name. A new array after every change. */
  get devices(): readonly ListedDevice[] {
    return this.#devices;
  }

  find(name: string): ListedDevice | null {
    return this.#devices.find((each) => each.device === name) ?? null;
  }

  replace(devices: readonly Device[], atMs: number): void {
    this.#devices = devices
      .map((device) => ({ ...device, perSecond: this.#pace(device, atMs) }))
      .sort((a, b) => byName(a.device, b.device));
    if (this.#counted.size > devices.length) this.#forgetGone();
  }

  /** One device's new state; adds it when it is not listed yet. */
  update(device: Device): void {
    const known = this.find(device.device);
    const listed = { ...device, perSecond: known?.perSecond ?? null };
    this.#devices = known
      ? this.#devices.map((each) => (each === known ? listed : each))
      : [...this.#devices, listed].sort((a, b) => byName(a.device, b.device));
  }

  #pace(device: Device, atMs: number): number | null {
    const before = this.#counted.get(device.device);
    if (before === undefined) {
      this.#counted.set(device.device, { readings: device.readings, atMs, perSecond: null });
      return null;
    }
    const spanMs = atMs - before.atMs;
    if (spanMs < LEAST_SPAN_MS) return before.perSecond;
    const perSecond = Math.max(0, device.readings - before.readings) / (spanMs / 1_000);
    this.#counted.set(device.device, { readings: device.readings, atMs, perSecond });
    return perSecond;
  }

  #forgetGone(): void {
    const present = new Set(this.#devices.map((each) => each.device));
    for (const name of this.#counted.keys()) if (!present.has(name)) this.#counted.delete(name);
  }
}

export type StateCounts = Readonly<Record<DeviceState, number>>;

export function countStates(devices: readonly Device[]): StateCounts {
  const counts = { online: 0, stale: 0, offline: 0 };
  for (const device of devices) counts[device.state]++;
  return counts;
}

/** Devices whose name holds every word of `words`, in one state or all (null). */
export function filterDevices(
  devices: readonly ListedDevice[],
  words: string,
  state: DeviceState | null,
): readonly ListedDevice[] {
  const wanted = words.toLowerCase().split(/\s+/).filter(Boolean);
  if (wanted.length === 0 && state === null) return devices;
  return devices.filter((device) => {
    if (state !== null && device.state !== state) return false;
    const name = device.device.toLowerCase();
    return wanted.every((word) => name.includes(word));
  });
}

const collator = new Intl.Collator('en', { numeric: true });

/** `pump-9` before `pump-10`. */
function byName(a: string, b: string): number {
  return collator.compare(a, b);
}
