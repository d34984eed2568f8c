import { monitorEventLoopDelay } from 'node:perf_hooks';
import { Counter, Gauge, Histogram, Registry } from 'prom-client';
import type { App } from '../listen/http-server.js';
import type { HubStats } from './stats.js';

/** Upper bounds in seconds: from a fast disk to one that stalls. */
const ACK_SECONDS = [0.0005, 0.001, 0.002, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10];
const LOOP_RESOLUTION_MS = 20;

/** The hub's figures under Prometheus's names. Each hub has its own, so that several can live in one process. */
export class Metrics {
  readonly #registry = new Registry();
  readonly #ackSeconds: Histogram;
  readonly #loopDelay = monitorEventLoopDelay({ resolution: LOOP_RESOLUTION_MS });

  constructor() {
    this.#ackSeconds = new Histogram({
      name: 'weir_hub_ack_latency_seconds',
      help: 'From the receipt of a frame until it is on disk and its acknowledgement goes out',
      buckets: ACK_SECONDS,
      registers: [this.#registry],
    });
    this.#loopDelay.enable();
  }

  observeAck(latencyUs: number): void {
    this.#ackSeconds.observe(Math.max(0, latencyUs) / 1e6);
  }

  /** Adds what is read from the hub's statistics at each scrape. */
  follow(stats: () => HubStats): void {
    for (const [name, help, read] of COUNTERS)
      this.#counter(`weir_hub_${name}_total`, help, () => read(stats()));
    for (const [name, help, read] of GAUGES) this.#gauge(`weir_hub_${name}`, help, () => read(stats()));
    this.#sinks(stats);
    this.#gauge(
      'weir_hub_event_loop_delay_seconds',
      'Mean delay of the event loop since the last scrape',
      () => {
        const meanNs = this.#loopDelay.mean;
        this.#loopDelay.reset();
        return Number.isFinite(meanNs) ? Math.max(0, meanNs / 1e9 - LOOP_RESOLUTION_MS / 1e3) : 0;
      },
    );
    this.#gauge('weir_hub_resident_memory_bytes', 'Memory of the process', () => process.memoryUsage.rss());
  }

  get contentType(): string {
    return this.#registry.contentType;
  }

  text(): Promise<string> {
    return this.#registry.metrics();
  }

  close(): void {
    this.#loopDelay.disable();
  }

  #gauge(name: string, help: string, read: () => number): void {
    new Gauge({
      name,
      help,
      registers: [this.#registry],
      collect() {
        this.set(read());
      },
    });
  }

  #counter(name: string, help: string, read: () => number): void {
    new Counter({
      name,
      help,
      registers: [this.#registry],
      collect() {
        this.reset();
        this.inc(read());
      },
    });
  }

  #sinks(stats: () => HubStats): void {
    for (const [name, help, read] of SINK_GAUGES) {
      new Gauge({
        name: `weir_hub_sink_${name}`,
        help,
        labelNames: ['sink'],
        registers: [this.#registry],
        collect() {
          for (const sink of stats().sinks) this.set({ sink: sink.name }, read(sink));
        },
      });
    }
  }
}

type Reading<T> = readonly [name: string, help: string, read: (from: T) => number];

const COUNTERS: readonly Reading<HubStats>[] = [
  ['frames', 'Frames taken into the log', ({ ingest }) => ingest.frames],
  ['readings', 'Readings taken into the log', ({ ingest }) => ingest.readings],
  ['frame_bytes', 'Bytes of the frames taken', ({ ingest }) => ingest.bytes],
  ['duplicate_frames', 'Frames that were in the log already', ({ ingest }) => ingest.duplicates],
  ['rejected_frames', 'Frames refused for good', ({ ingest }) => ingest.rejected],
  ['log_written_bytes', 'Bytes handed to the file system by the log', ({ log }) => log.bytes_written],
];

const GAUGES: readonly Reading<HubStats>[] = [
  ['connections', 'Device connections', ({ ingest }) => ingest.connections],
  [
    'connections_paused',
    'Device connections not read because the log is behind',
    ({ ingest }) => ingest.paused,
  ],
  ['devices', 'Devices known', ({ devices }) => devices],
  ['series', 'Channels of all devices', ({ series }) => series],
  ['log_bytes', 'Bytes in the log', ({ log }) => log.end - log.start],
  ['log_pending_bytes', 'Bytes taken and not yet on disk', ({ log }) => log.pending_bytes],
  [
    'log_ok',
    '1 while the log is written, 0 when the disk is full or failing',
    ({ log }) => (log.state === 'ok' ? 1 : 0),
  ],
  ['streams', 'Live subscriptions', ({ streams }) => streams.length],
  [
    'stream_lag_bytes_max',
    'Log that the slowest live subscription has yet to be sent',
    ({ streams }) => Math.max(0, ...streams.map((each) => each.lag_bytes)),
  ],
  ['waiting_requests', 'Requests that wait for readings (long polling)', ({ waiting }) => waiting],
  ['uptime_seconds', 'Since the hub started', ({ hub }) => hub.uptime_s],
];

const SINK_GAUGES: readonly Reading<HubStats['sinks'][number]>[] = [
  ['lag_bytes', 'Log that a store has yet to take in', ({ lag_bytes: lag }) => lag],
  ['readings', 'Readings stored since the start', ({ readings }) => readings],
  ['quarantined', 'Readings that a store refused for good', ({ quarantined }) => quarantined],
  ['running', '1 while a store takes readings in', ({ state }) => (state === 'running' ? 1 : 0)],
];

export function metricsRoute(app: App, metrics: Metrics): void {
  app.get(
    '/metrics',
    { config: { roles: ['read'] }, schema: { summary: 'Figures for Prometheus', tags: ['hub'] } },
    async (_request, reply) => reply.type(metrics.contentType).send(await metrics.text()),
  );
}
