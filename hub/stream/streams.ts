/**
 * Live subscriptions at /api/v1/stream.
 *
 *   ?from=now|start|CURSOR   where to begin; `now` unless said
 *   &device=NAME &channel=NAME   any number of each, `*` for any run of characters; all unless said
 *   &mode=live   readings that came more than 10 s after they were taken are told of, not sent, and so is what lies ahead of a
 *                subscriber that has fallen 4 MiB behind: "left_out", with the stretch of each channel; the store has them.
 *                So a flood of old readings delays no new one. `mode=all`, unless said, sends every reading
 *   &name=NAME   what the subscriber calls itself in /api/v1/stats
 */
import { CloseCode } from '@weir/protocol';
import type { Clock, Logger, Timers } from '@weir/runtime';
import type { WebSocket } from 'ws';
import { z } from 'zod';
import type { Refusal } from '../auth/gate.js';
import type { HubConfig } from '../config.js';
import type { Core } from '../core.js';
import type { Slots } from '../listen/slots.js';
import type { Upgrade, UpgradeRoute } from '../listen/upgrades.js';
import type { DeviceEntry } from '../registry/device.js';
import { anyOf } from './follower.js';
import { STREAM_MODES } from './messages.js';
import { identityOf, StreamWorker } from './stream-worker.js';
import { Subscription } from './subscription.js';

export const STREAM_SUBPROTOCOL = 'weir.stream.v1';
const DEADLINE_MS = 30_000;
const TICKS_PER_DEADLINE = 3;
/** Subscribers have nothing to say. */
const PAYLOAD_BYTES_MAX = 1_024;
const PATTERNS_MAX = 1_000;

const patterns = z.array(z.string().min(1).max(128)).max(PATTERNS_MAX);
const querySchema = z.object({
  from: z
    .string()
    .regex(/^(now|start|\d{1,15})$/, 'expected now, start or a cursor')
    .default('now'),
  devices: patterns,
  channels: patterns,
  mode: z.enum(STREAM_MODES).default('all'),
  name: z.string().max(64).default(''),
});

export interface StreamsParts {
  readonly core: Core;
  readonly limits: HubConfig['limits'];
  readonly describe: (device: DeviceEntry) => object;
  readonly clock: Clock;
  readonly timers: Timers;
  readonly logger: Logger;
}

export interface StreamStatus {
  readonly name: string;
  readonly remote: string;
  readonly cursor: number;
  readonly lagBytes: number;
}

export class Streams {
  readonly #parts: StreamsParts;
  readonly #worker: StreamWorker;
  readonly #subscriptions = new Map<number, Subscription>();
  readonly #stops: (() => void)[];
  #nextId = 1;
  #cancelTick: () => void = () => undefined;

  constructor(parts: StreamsParts) {
    this.#parts = parts;
    const { log, logDir, registry, presence } = parts.core;
    this.#worker = new StreamWorker({
      logDir,
      windowCharacters: parts.limits.subscriber_bytes,
      logger: parts.logger,
      series: () => registry.allSeries(),
      durable: () => log.durable,
      onText: (id, text, cursor) => this.#subscriptions.get(id)?.forward(text, cursor),
      onLost: () => this.#endAll(CloseCode.tryAgainLater, 'the stream was interrupted'),
    });
    this.#stops = [
      registry.onSeries((added) => this.#worker.post({ type: 'series', series: added.map(identityOf) })),
      log.onDurable((durable) => {
        if (this.#subscriptions.size > 0) this.#worker.post({ type: 'advance', durable });
      }),
      presence.onChange((device) => {
        for (const subscription of this.#subscriptions.values()) subscription.deviceChanged(device);
      }),
    ];
    this.#scheduleTick();
  }

  /** Where subscribers connect. */
  route(slots: Slots): UpgradeRoute {
    return {
      path: '/api/v1/stream',
      subprotocol: STREAM_SUBPROTOCOL,
      roles: ['read'],
      payloadBytesMax: PAYLOAD_BYTES_MAX,
      connectionsMax: this.#parts.limits.subscribers,
      slots,
      check: checkQuery,
      accept: (socket, upgrade) => this.#accept(socket, upgrade),
    };
  }

  statuses(): StreamStatus[] {
    const { durable } = this.#parts.core.log;
    return [...this.#subscriptions.values()].map(({ name, remote, cursor }) => {
      return { name, remote, cursor, lagBytes: Math.max(0, durable - cursor) };
    });
  }

  /** Ends the subscriptions; the subscribers come back. */
  dismiss(): void {
    this.#cancelTick();
    this.#endAll(CloseCode.serviceRestart, 'the hub is stopping');
  }

  async close(): Promise<void> {
    for (const stop of this.#stops) stop();
    await this.#worker.close();
  }

  #accept(socket: WebSocket, { remote, query }: Upgrade): void {
    const { core, describe, logger } = this.#parts;
    const { from, devices, channels, mode, name } = parseQuery(query);
    const id = this.#nextId++;
    const filter = { mode, devices: some(devices), channels: some(channels) };
    const wantsDevice = anyOf(filter.devices);
    const onConsumed = (characters: number): void => this.#worker.post({ type: 'consumed', id, characters });
    const { start, durable, end } = core.log;
    const asked = from === 'now' ? durable : from === 'start' ? start : Number(from);
    // A cursor beyond the end is of another log: all of this one is news to its reader.
    const begin = asked > end ? start : asked;
    const subscription = new Subscription(
      { id, socket, name, remote, wantsDevice, describe, onConsumed },
      begin,
    );
    this.#subscriptions.set(id, subscription);
    socket.on('error', (error) => logger.debug({ remote, reason: error.message }, 'socket error'));
    socket.on('close', () => {
      this.#subscriptions.delete(id);
      this.#worker.post({ type: 'unsubscribe', id });
    });
    for (const device of core.registry.devices.values()) subscription.deviceChanged(device);
    if (begin !== asked) subscription.forward(replacedLog(asked, begin), begin);
    this.#worker.post({ type: 'advance', durable: core.log.durable });
    this.#worker.post({ type: 'subscribe', id, from: begin, filter });
  }

  #endAll(code: number, reason: string): void {
    for (const subscription of this.#subscriptions.values()) subscription.end(code, reason);
  }

  #scheduleTick(): void {
    this.#cancelTick = this.#parts.timers.after(DEADLINE_MS / TICKS_PER_DEADLINE, () => {
      for (const subscription of this.#subscriptions.values()) subscription.tick();
      this.#scheduleTick();
    });
  }
}

function parseQuery(query: URLSearchParams): z.output<typeof querySchema> {
  return querySchema.parse({
    from: query.get('from') ?? undefined,
    devices: query.getAll('device'),
    channels: query.getAll('channel'),
    mode: query.get('mode') ?? undefined,
    name: query.get('name') ?? undefined,
  });
}

function checkQuery(query: URLSearchParams): Refusal | null {
  try {
    parseQuery(query);
    return null;
  } catch (error) {
    const issue = error instanceof z.ZodError ? error.issues[0] : undefined;
    const message = `${issue?.path.join('.') ?? 'query'}: ${issue?.message ?? 'invalid'}`;
    return { status: 400, code: 'hub.bad_request', message };
  }
}

function some(names: readonly string[]): readonly string[] | null {
  return names.length === 0 ? null : names;
}

function replacedLog(asked: number, begin: number): string {
  const reason =
    'the cursor lies beyond the end of this log, which is another one; it is sent from its start';
  return JSON.stringify({ type: 'skipped', from: String(asked), to: String(begin), reason });
}
