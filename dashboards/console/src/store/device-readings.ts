import type { Channel, StreamBatch } from '../api/types.js';
import { ChannelSeries } from './channel-series.js';

/** The channels of the device on show. */
export class DeviceReadings {
  readonly device: string;
  readonly #channels = new Map<string, ChannelSeries>();
  /** Readings taken from the stream. */
  received = 0;
  /** Called when a channel has come to the list. */
  onChannels: () => void = () => undefined;

  constructor(device: string) {
    this.device = device;
  }

  /** By name. */
  get channels(): ChannelSeries[] {
    return [...this.#channels.values()].sort((a, b) => (a.name < b.name ? -1 : 1));
  }

  /** Adds those that are new. A channel's type and unit never change at the hub; its expected pace may. */
  describe(channels: readonly Channel[]): void {
    const before = this.#channels.size;
    for (const channel of channels) {
      const known = this.#channels.get(channel.channel);
      if (known === undefined) this.#channels.set(channel.channel, new ChannelSeries(channel));
      else known.intervalMs = channel.intervalMs;
    }
    if (this.#channels.size !== before) this.onChannels();
  }

  /** So many readings of a channel came too late for the stream. */
  cameLate(channel: string, readings: number): void {
    const series = this.#channels.get(channel);
    if (series !== undefined) series.lateCount += readings;
    this.received += readings;
  }

  /** Takes a batch of the stream at `nowMs` (UTC, the hub's). False when its channel is not described yet. */
  take(batch: StreamBatch, nowMs: number): boolean {
    const series = this.#channels.get(batch.channel);
    if (series === undefined) return false;
    series.take(batch.timesUs, batch.values, nowMs);
    this.received += batch.timesUs.length;
    return true;
  }
}
