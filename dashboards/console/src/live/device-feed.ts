/**
 * The device on show: its channels, their past and the stream of what comes.
 *
 *   time ------------------------------------------------------------> now
 *        | history, by HTTP from the store    |
 *                                       | stream, from the log, begins where the store has got to
 *
 * The stream begins at the store's cursor, not at "now": what is in the log and not yet in the store would otherwise
 * be in neither. What both bring is the same reading at the same time and is held once. What comes late is not in the
 * stream: it is fetched from the store every now and then, as long as more of it comes.
 */
import type { HubClient } from '../api/client.js';
import { HubError } from '../api/errors.js';
import { HubStream, type StreamState } from '../api/stream.js';
import type { Channel, Device, Stats, StreamBatch, StreamMessage } from '../api/types.js';
import type { ChannelSeries } from '../store/channel-series.js';
import { DeviceReadings } from '../store/device-readings.js';
import { Observed } from '../store/observed.js';
import { DeviceReasons } from './device-reasons.js';
import { History } from './history.js';
import { historyStore, LateReadings } from './late-readings.js';

/** A store further behind than this is not waited for, bytes of log: the stream then begins at now. */
const MOST_CATCH_UP_BYTES = 32e6;

const AGAIN_MS = 1_000;

/** A device that the hub does not know may still be enrolled. */
const UNKNOWN_AGAIN_MS = 5_000;

export class DeviceFeed {
  readonly readings: DeviceReadings;
  readonly channels = new Observed<readonly ChannelSeries[] | null>(null);
  readonly stream = new Observed<StreamState>({ name: 'connecting', again: false });
  /** What the stream had to leave out, for the reader. */
  readonly notice = new Observed<string | null>(null);
  onDevice: (device: Device) => void = () => undefined;
  onReadings: (count: number) => void = () => undefined;
  readonly #client: HubClient;
  readonly #hubNowMs: () => number;
  readonly reasons: DeviceReasons;
  readonly #history: History;
  readonly #late: LateReadings;
  #stream: HubStream | null = null;
  #timer = 0;
  #closed = false;

  constructor(client: HubClient, device: string, hubNowMs: () => number) {
    this.#client = client;
    this.#hubNowMs = hubNowMs;
    this.readings = new DeviceReadings(device);
    this.#history = new History(client, device);
    this.#late = new LateReadings(client, this.#history);
    this.reasons = new DeviceReasons(client, device);
    this.readings.onChannels = () => this.channels.set(this.readings.channels);
    this.#start();
  }

  /** Sees to it that a channel's past is there, `windowMs` back from now. */
  want(series: ChannelSeries, windowMs: number): void {
    const nowUs = this.#hubNowMs() * 1_000;
    this.#history.want(series, nowUs - windowMs * 1_000, nowUs);
  }

  retryNow(): void {
    if (this.#stream === null) this.#start();
    else this.#stream.retryNow();
  }

  close(): void {
    this.#closed = true;
    clearTimeout(this.#timer);
    this.#stream?.close();
    this.#history.close();
    this.#late.close();
    this.reasons.close();
  }

  #start(): void {
    clearTimeout(this.#timer);
    Promise.all([this.#client.channels(this.readings.device), this.#client.stats()]).then(
      ([channels, stats]) => this.#begin(channels, stats),
      // Why it failed the poll of the counters tells; here it is only tried again.
      (error: unknown) => {
        const unknown = error instanceof HubError && error.code === 'refused';
        this.#later(() => this.#start(), unknown ? UNKNOWN_AGAIN_MS : AGAIN_MS);
      },
    );
  }

  #begin(channels: readonly Channel[], stats: Stats): void {
    if (this.#closed || this.#stream !== null) return;
    this.readings.describe(channels);
    this.channels.set(this.readings.channels);
    this.#stream = new HubStream({
      token: this.#client.token,
      device: this.readings.device,
      from: streamStart(stats),
      onMessage: (message) => this.#message(message),
      onState: (state) => this.stream.set(state),
    });
  }

  #message(message: StreamMessage): void {
    if (message.type === 'readings') for (const batch of message.batches) this.#take(batch);
    else if (message.type === 'device') this.onDevice(message.device);
    else if (message.type === 'skipped') this.#skipped(message.reason);
    else if (message.type === 'left_out') this.#leftOut(message);
  }

  #take(batch: StreamBatch): void {
    if (batch.device !== this.readings.device) return;
    const nowMs = this.#hubNowMs();
    if (!this.readings.take(batch, nowMs)) {
      this.readings.describe([{ ...batch, intervalMs: null, last: null }]);
      this.readings.take(batch, nowMs);
      this.#later(() => this.#describeAgain());
    }
    this.onReadings(batch.timesUs.length);
  }

  /** A batch names type and unit of a new channel; its expected pace only the hub's list does. */
  #describeAgain(): void {
    this.#client.channels(this.readings.device).then(
      (channels) => this.readings.describe(channels),
      () => this.#later(() => this.#describeAgain()),
    );
  }

  #leftOut({ cursor, behind, spans }: Extract<StreamMessage, { type: 'left_out' }>): void {
    const own = spans.filter(({ device }) => device === this.readings.device);
    for (const { channel, readings } of own) this.readings.cameLate(channel, readings);
    this.#late.expect(Number(cursor), behind ? null : own.map(({ channel }) => channel));
    this.onReadings(own.reduce((sum, { readings }) => sum + readings, 0));
  }

  #skipped(reason: string): void {
    this.notice.set(reason);
    this.#history.forget();
  }

  #later(run: () => void, ms = AGAIN_MS): void {
    clearTimeout(this.#timer);
    if (!this.#closed) this.#timer = window.setTimeout(run, ms);
  }
}

function streamStart(stats: Stats): string {
  const store = historyStore(stats);
  if (store === null || store.lagBytes > MOST_CATCH_UP_BYTES) return 'now';
  return String(store.cursor);
}
