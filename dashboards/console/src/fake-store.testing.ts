/** Devices, channels and readings of the fake hub, and its answers to the HTTP API. */
export type FakeValue = number | boolean | string;

export interface FakeChannel {
  readonly channel: string;
  readonly type: 'number' | 'boolean' | 'text';
  readonly unit: string;
  readonly interval_ms: number | null;
}

interface FakeBatch {
  readonly device: string;
  readonly channel: string;
  readonly kind: string;
  readonly unit: string;
  readonly epoch: number;
  readonly seq: number;
  readonly times_us: number[];
  readonly values: FakeValue[];
  readonly uncertainty_us: number;
  readonly clock: string;
}

interface FakeDevice {
  device: string;
  state: 'online' | 'stale' | 'offline';
  connected_since_us: number | null;
  last_seen_us: number;
  agent: string;
  remote: string;
  channels: number;
  readings: number;
  backlog_frames: number;
  backlog_end_us: number | null;
  clock: { source: string; uncertainty_us: number } | null;
}

interface Point {
  readonly timeUs: number;
  readonly value: FakeValue;
  /** Which message brought it. */
  readonly message: number;
}

export class FakeStore {
  readonly messages: FakeBatch[] = [];
  /** The store that answers for the past has taken so many messages; all, unless said. */
  storedMessages = Infinity;
  /** What `/explain` finds wrong, and what `/ledger` counts, of every device. */
  findings: Record<string, unknown>[] = [];
  totals: Record<string, unknown> = { stored: 10, pending: 0, expired: 0, rejected: 0 };
  /** Sinks as `/stats` shows them beside it. */
  sinks: Record<string, unknown>[] = [];
  readonly #devices = new Map<string, FakeDevice>();
  readonly #channels = new Map<
    string,
    { readonly device: string; readonly channel: FakeChannel; points: Point[] }
  >();
  readonly #startedUs = Date.now() * 1_000;
  #readings = 0;

  get devices(): FakeDevice[] {
    return [...this.#devices.values()];
  }

  device(name: string): FakeDevice {
    const device = this.#devices.get(name);
    if (device === undefined) throw new TypeError(`no device ${name}`);
    return device;
  }

  addDevice(name: string, channels: readonly FakeChannel[]): void {
    this.#devices.set(name, {
      device: name,
      state: 'online',
      connected_since_us: Date.now() * 1_000,
      last_seen_us: Date.now() * 1_000,
      agent: 'weir-agent/0.1.0',
      remote: '127.0.0.1',
      channels: channels.length,
      readings: 0,
      backlog_frames: 0,
      backlog_end_us: null,
      clock: { source: 'synced', uncertainty_us: 420 },
    });
    for (const channel of channels)
      this.#channels.set(`${name} ${channel.channel}`, { device: name, channel, points: [] });
  }

  setState(name: string, state: FakeDevice['state']): void {
    const device = this.device(name);
    device.state = state;
    device.connected_since_us = state === 'offline' ? null : Date.now() * 1_000;
  }

  append(device: string, name: string, timesUs: number[], values: FakeValue[]): FakeBatch {
    const series = this.#channels.get(`${device} ${name}`);
    if (series === undefined) throw new TypeError(`no channel ${name} of ${device}`);
    const message = this.messages.length;
    series.points.push(...timesUs.map((timeUs, index) => ({ timeUs, value: values[index] ?? 0, message })));
    series.points.sort((a, b) => a.timeUs - b.timeUs);
    const row = this.device(device);
    row.readings += timesUs.length;
    row.last_seen_us = Date.now() * 1_000;
    this.#readings += timesUs.length;
    const { type: kind, unit } = series.channel;
    const seq = this.messages.length + 1;
    const identity = { device, channel: name, kind, unit, epoch: 5e9, seq };
    const batch = { ...identity, times_us: timesUs, values, uncertainty_us: 420, clock: 'synced' };
    this.messages.push(batch);
    return batch;
  }

  /** The body of an answer; null for what there is not. */
  answer(path: string, query: URLSearchParams): object | null {
    if (/^\/api\/v1\/devices\/[^/]+\/explain$/.test(path)) return { findings: this.findings };
    if (/^\/api\/v1\/devices\/[^/]+\/ledger$/.test(path)) return { totals: this.totals };
    switch (path) {
      case '/api/v1/devices':
        return { devices: this.devices };
      case '/api/v1/channels':
        return { channels: this.#channelsOf(query.get('device') ?? '') };
      case '/api/v1/readings':
        return this.#page(query);
      case '/api/v1/stats':
        return this.#stats();
      default:
        return null;
    }
  }

  #channelsOf(device: string): object[] {
    return [...this.#channels.values()]
      .filter((series) => series.device === device)
      .map(({ channel, points }) => {
        const last = points.at(-1);
        return { device, ...channel, last: last ? { time_us: last.timeUs, value: last.value } : null };
      });
  }

  #page(query: URLSearchParams): object | null {
    const series = this.#channels.get(`${query.get('device')} ${query.get('channel')}`);
    if (series === undefined) return null;
    const [from, to] = [Number(query.get('from')), Number(query.get('to'))];
    let points = series.points.filter(
      ({ timeUs, message }) => timeUs >= from && timeUs < to && message < this.storedMessages,
    );
    const step = query.get('step');
    if (step !== null) points = extremes(points, parseFloat(step) * 1_000, query.get('aggregate'));
    if (query.get('order') === 'desc') points = points.reverse();
    const start = Number(query.get('cursor') ?? 0);
    const end = start + Number(query.get('limit') ?? 1_000);
    const page = points.slice(start, end);
    return {
      ...series.channel,
      device: series.device,
      times_us: page.map((point) => point.timeUs),
      values: page.map((point) => point.value),
      uncertainty_us: page.map(() => 420),
      next_cursor: end < points.length ? String(end) : null,
    };
  }

  #stats(): object {
    const offset = this.messages.length;
    const bytes = this.#readings * 12;
    return {
      hub: {
        started_us: this.#startedUs,
        version: '0.1.0',
        uptime_s: Date.now() / 1_000 - this.#startedUs / 1e6,
      },
      log: { start: 0, durable: bytes, end: bytes, bytes_written: bytes, state: 'ok' },
      ingest: {
        connections: this.devices.filter((each) => each.state === 'online').length,
        frames: offset,
        readings: this.#readings,
        duplicates: 0,
        rejected: 0,
      },
      sinks: [
        {
          name: 'duckdb',
          kind: 'duckdb',
          cursor: Math.min(offset, this.storedMessages),
          readings: this.#readings,
          state: 'running',
          error: null,
          quarantined: 0,
          lag_bytes: 0,
        },
        ...this.sinks,
      ],
      streams: [{ name: 'console', remote: '127.0.0.1', cursor: offset, lag_bytes: 0 }],
    };
  }
}

function extremes(points: readonly Point[], stepUs: number, aggregate: string | null): Point[] {
  const steps = new Map<number, number>();
  const pick = aggregate === 'min' ? Math.min : Math.max;
  for (const { timeUs, value } of points) {
    const step = Math.floor(timeUs / stepUs) * stepUs;
    steps.set(step, pick(steps.get(step) ?? Number(value), Number(value)));
  }
  return [...steps].map(([timeUs, value]) => ({ timeUs, value, message: 0 }));
}
