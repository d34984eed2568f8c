/**
 * One device: what it reads goes through recorder and spool over the link to the hub. The agent is a device with sources;
 * a virtual fleet is many devices in one process, fed by the simulator.
 */
import { readFileSync } from 'node:fs';
import { DEVICE_NAME } from '@weir/protocol';
import {
  WeirError,
  silentLogger,
  systemClock,
  systemEntropy,
  systemTimers,
  type Logger,
} from '@weir/runtime';
import type { AgentStats } from './agent-stats.js';
import { BATCH_DEFAULTS, type BatchOptions } from './batcher/batcher.js';
import { Link } from './link/link.js';
import type { LinkState, Transport } from './link/ports.js';
import { hubAddress, webSocketTransport } from './link/websocket.js';
import { Recorder, answerPing, type RunCommand } from './recorder.js';
import type { RuleOf } from './sampler/rules.js';
import type { SourceOutput } from './sources/source.js';
import { openSpool } from './spool/open.js';
import type { SpoolDeps, SpoolOptions } from './spool/options.js';

export interface DeviceOptions {
  readonly device: string;
  /** Address of the hub, such as `ws://127.0.0.1:8087`. */
  readonly hub: string;
  /** The token, or what is asked for it at every connection. */
  readonly token: string | (() => Promise<string>);
  /** Asked at every connection for the authority, in PEM, that alone may vouch for the hub; absent: the well-known ones. */
  readonly ca?: () => Promise<string>;
  /** 'memory': nothing survives the process. A folder is one device's alone. */
  readonly spool: 'memory' | ({ readonly dir: string } & Partial<Omit<SpoolOptions, 'dir' | 'agent'>>);
  /** Bound for a spool in memory, and for what waits for the disk. */
  readonly memoryBytes?: number;
  readonly batch?: Partial<BatchOptions>;
  readonly rules?: RuleOf;
  /** Runs `set` and the like; absent: `ping` alone. */
  readonly command?: RunCommand;
}

export interface DeviceDeps extends Omit<SpoolDeps, 'logger'> {
  readonly logger: Logger;
  /** In place of a WebSocket to `hub`. */
  readonly transport?: Transport;
}

/** Readings of one frame were confirmed: how many, when the oldest was taken, when the ack came. Monotonic us. */
export type AckListener = (readings: number, takenUs: number, ackedUs: number) => void;

export const SPOOL_DEFAULTS: Omit<SpoolOptions, 'dir' | 'agent'> = Object.freeze({
  maxBytes: 256 * 2 ** 20,
  maxAgeMs: Infinity,
  commitDelayMs: 1_000,
  memoryBytes: 8 * 2 ** 20,
});

interface Waiter {
  readonly resolve: () => void;
  readonly reject: (error: WeirError) => void;
}

/** Opens the spool, begins an epoch and starts to connect. Throws `config.invalid`, `log.locked`. */
export async function createDevice(options: DeviceOptions, deps: Partial<DeviceDeps> = {}): Promise<Device> {
  if (!DEVICE_NAME.test(options.device))
    throw new WeirError('config.invalid', `"${options.device}" is not a device name`);
  const full: DeviceDeps = {
    clock: systemClock,
    timers: systemTimers,
    entropy: systemEntropy,
    logger: silentLogger,
    ...deps,
  };
  const url = hubAddress(options.hub, options.device);
  const { token, ca } = options;
  const transport =
    full.transport ??
    webSocketTransport({
      url,
      token: typeof token === 'string' ? () => Promise.resolve(token) : token,
      timers: full.timers,
      ...(ca === undefined ? {} : { ca }),
    });
  const memoryBytes = options.memoryBytes ?? SPOOL_DEFAULTS.memoryBytes;
  const place = options.spool === 'memory' ? { dir: null } : options.spool;
  const spool = await openSpool({ ...SPOOL_DEFAULTS, memoryBytes, ...place, agent: AGENT }, full);
  const recorder = new Recorder(
    spool,
    {
      batch: { ...BATCH_DEFAULTS, ...options.batch },
      ...(options.rules === undefined ? {} : { rules: options.rules }),
    },
    full,
  );
  return new Device(options.device, recorder, options.command ?? answerPing, { ...full, transport });
}

export class Device {
  readonly name: string;
  readonly #recorder: Recorder;
  readonly #link: Link;
  readonly #ackListeners = new Set<AckListener>();
  readonly #stateListeners = new Set<(state: LinkState, reason: string) => void>();
  #waiters: Waiter[] = [];

  /** Use `createDevice`. */
  constructor(
    name: string,
    recorder: Recorder,
    command: RunCommand,
    deps: DeviceDeps & { transport: Transport },
  ) {
    this.name = name;
    this.#recorder = recorder;
    const { spool } = recorder;
    this.#link = new Link({
      ...deps,
      device: name,
      agent: AGENT,
      store: spool,
      handler: {
        command,
        configure: async ({ channels }) => Promise.resolve(this.#configure(channels)),
      },
      observer: {
        state: (state, reason) => this.#stateListeners.forEach((listener) => listener(state, reason)),
        acked: (...values) => this.#ackListeners.forEach((listener) => listener(...values)),
        limits: (limits) => recorder.limit(limits),
      },
    });
    spool.observe({
      appended: () => this.#link.appended(),
      settled: () => this.#settled(),
      lost: (epoch, seq) => this.#link.flights.expire(epoch, seq),
      refused: (channels) => recorder.mute(channels),
    });
    this.#link.start();
  }

  /** Where readings of the channels `${source}/...` go. */
  output(source: string): SourceOutput {
    return this.#recorder.output(source);
  }

  stats(): AgentStats {
    const { spool } = this.#recorder;
    const { counters, state, connected, lastEnd, uncertaintyUs } = this.#link;
    const sampler = this.#recorder.stats();
    return {
      device: this.name,
      state,
      connected,
      reason: connected ? '' : (lastEnd?.message ?? ''),
      sessions: counters.sessions,
      readings_recorded: sampler.kept,
      readings_sent: counters.readingsSent,
      readings_acked: counters.readingsAcked,
      readings_rejected:
        counters.readingsRejected + spool.ledger.readingsUnencodable + this.#recorder.readingsMuted,
      readings_expired: spool.ledger.readingsExpired,
      backlog_frames: spool.pending,
      frames_sent: counters.framesSent,
      bytes_sent: counters.bytesSent,
      clock_uncertainty_us: uncertaintyUs,
      spool: spool.status,
      sampler,
    };
  }

  /** Returns the function that ends it. */
  onAck(listener: AckListener): () => void {
    this.#ackListeners.add(listener);
    return () => this.#ackListeners.delete(listener);
  }

  /** Returns the function that ends it. */
  onState(listener: (state: LinkState, reason: string) => void): () => void {
    this.#stateListeners.add(listener);
    return () => this.#stateListeners.delete(listener);
  }

  /**
   * Resolves when the hub has settled every frame, those of earlier runs included, and nothing read so far waits. Rejects
   * with `agent.closed`.
   */
  drained(): Promise<void> {
    this.#recorder.flush();
    if (this.#recorder.spool.pending === 0) return Promise.resolve();
    return new Promise((resolve, reject) => this.#waiters.push({ resolve, reject }));
  }

  /** Ends the connection; what is unsettled stays in the spool for the next run. */
  async close(): Promise<void> {
    this.#recorder.flush();
    this.#link.stop();
    const closed = new WeirError('agent.closed', `${this.name} was closed before all was confirmed`);
    for (const waiter of this.#waiters.splice(0)) waiter.reject(closed);
    await this.#recorder.close();
  }

  #settled(): void {
    if (this.#waiters.length === 0 || this.#recorder.spool.pending > 0) return;
    for (const waiter of this.#waiters.splice(0)) waiter.resolve();
  }

  #configure(channels: Parameters<Recorder['configure']>[0]): string {
    this.#recorder.configure(channels);
    return `${channels.length} channels configured`;
  }
}

/** Software and version, as said in `hello`. */
export const AGENT = `weir-agent/${versionOf(new URL('../package.json', import.meta.url))}`;

function versionOf(manifest: URL): string {
  const content: unknown = JSON.parse(readFileSync(manifest, 'utf8'));
  return typeof content === 'object' && content !== null && 'version' in content
    ? String(content.version)
    : '0';
}
