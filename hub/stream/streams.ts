/**
 * Live subscriptions at /api/v1/stream, by three carriers, all served by one worker from the log.
 *
 *   WebSocket ───────────┐
 *   server-sent events ──┴─► Subscription: message after message, until one end leaves
 *   polls ─────────────────► Portions: one answer, and it is over
 */
import { CloseCode } from '@weir/protocol';
import type { Clock, Logger, Timers } from '@weir/runtime';
import type { Waiters } from '../api/waiters.js';
import type { HubConfig } from '../config.js';
import type { Core } from '../core.js';
import type { Door } from '../listen/door.js';
import type { Returns } from '../listen/returns.js';
import type { UpgradeRoute } from '../listen/upgrades.js';
import type { DeviceEntry } from '../registry/device.js';
import type { CarrierName, Carry, Ending } from './carrier.js';
import type { Portion, StreamMessage } from './messages.js';
import { Portions } from './portions.js';
import { checkQuery, filterOf, parseQuery, type StreamQuery } from './query.js';
import { identityOf, StreamWorker } from './stream-worker.js';
import { Subscription } from './subscription.js';
import { anyOf } from './wanted.js';
import { WebSocketCarrier } from './websocket-carrier.js';

export const STREAM_SUBPROTOCOL = 'weir.stream.v1';
const DEADLINE_MS = 30_000;
const TICKS_PER_DEADLINE = 3;
/** Subscribers have nothing to say. */
const PAYLOAD_BYTES_MAX = 1_024;
const INTERRUPTED_RETRY_MS = 1_000;

export interface StreamsParts {
  readonly core: Core;
  readonly limits: HubConfig['limits'];
  /** Where subscribers come in. */
  readonly door: Door;
  readonly waiters: Waiters;
  readonly describe: (device: DeviceEntry) => object;
  readonly clock: Clock;
  readonly timers: Timers;
  readonly logger: Logger;
}

export interface StreamStatus {
  readonly name: string;
  readonly carrier: CarrierName;
  readonly remote: string;
  readonly cursor: number;
  readonly lagBytes: number;
}

/** Where a subscription begins, and what its subscriber is told of that. */
interface Beginning {
  readonly cursor: number;
  readonly notice: StreamMessage | null;
}

export class Streams {
  readonly #parts: StreamsParts;
  readonly #worker: StreamWorker;
  readonly #subscriptions = new Map<number, Subscription>();
  readonly #portions: Portions;
  readonly #stops: (() => void)[];
  #lastId = 0;
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
      onMessage: (id, message) => this.#subscriptions.get(id)?.forward(message),
      onPortion: (id, portion) => this.#portions.deliver(id, portion),
      onLost: () => this.#interrupted(),
    });
    this.#portions = new Portions({
      nextId: () => ++this.#lastId,
      post: (message) => this.#worker.post(message),
      durable: () => log.durable,
      timers: parts.timers,
      waiters: parts.waiters,
    });
    this.#stops = [
      registry.onSeries((added) => this.#worker.post({ type: 'series', series: added.map(identityOf) })),
      log.onDurable((durable) => {
        if (this.size > 0 || this.#portions.size > 0) this.#worker.post({ type: 'advance', durable });
      }),
      presence.onChange((device) => {
        for (const subscription of this.#subscriptions.values()) subscription.deviceChanged(device);
      }),
    ];
    this.#scheduleTick();
  }

  /** Where subscribers connect that speak WebSocket. */
  route(): UpgradeRoute {
    return {
      path: '/api/v1/stream',
      subprotocol: STREAM_SUBPROTOCOL,
      roles: ['read'],
      payloadBytesMax: PAYLOAD_BYTES_MAX,
      door: this.#parts.door,
      open: () => this.size,
      check: checkQuery,
      accept: (socket, { remote, query }) => {
        const ignore = (error: Error): void =>
          this.#parts.logger.debug({ remote, reason: error.message }, 'socket error');
        socket.on('error', ignore);
        this.subscribe(parseQuery(query), remote, (_cursor, closed) => new WebSocketCarrier(socket, closed));
      },
    };
  }

  /** Subscriptions that are open. */
  get size(): number {
    return this.#subscriptions.size;
  }

  statuses(): StreamStatus[] {
    const { durable } = this.#parts.core.log;
    return [...this.#subscriptions.values()].map(({ name, carrier, remote, cursor }) => {
      return { name, carrier: carrier.name, remote, cursor, lagBytes: Math.max(0, durable - cursor) };
    });
  }

  /** Begins a subscription. */
  subscribe(query: StreamQuery, remote: string, carry: Carry): void {
    const { core, describe } = this.#parts;
    const { cursor, notice } = this.#beginning(query.from);
    const id = ++this.#lastId;
    const filter = filterOf(query);
    const wantsDevice = anyOf(filter.devices);
    const onConsumed = (characters: number): void => this.#worker.post({ type: 'consumed', id, characters });
    const carrier = carry(cursor, () => {
      this.#subscriptions.delete(id);
      this.#worker.post({ type: 'unsubscribe', id });
    });
    const parts = { carrier, name: query.name, remote, wantsDevice, describe, onConsumed };
    const subscription = new Subscription(parts, cursor);
    this.#subscriptions.set(id, subscription);
    for (const device of core.registry.devices.values()) subscription.deviceChanged(device);
    if (notice !== null) subscription.forward(notice);
    this.#worker.post({
      type: 'subscribe',
      id,
      from: cursor,
      durable: core.log.durable,
      filter,
      portion: null,
    });
  }

  /**
   * What there is for a poll: at once, or within `waitMs` where nothing is there yet; at about `bytes` it is full. Throws
   * as `Portions.take`.
   */
  async poll(query: StreamQuery, waitMs: number, bytes: number, signal: AbortSignal): Promise<Portion> {
    const { cursor, notice } = this.#beginning(query.from);
    const characters = Math.min(bytes, this.#parts.limits.subscriber_bytes);
    const request = {
      from: cursor,
      filter: filterOf(query),
      waitMs: notice === null ? waitMs : 0,
      characters,
    };
    const portion = await this.#portions.take(request, signal);
    return notice === null ? portion : { ...portion, texts: [notice.text, ...portion.texts] };
  }

  /** Ends the subscriptions; the subscribers come back. */
  dismiss(returns: Returns): void {
    this.#cancelTick();
    this.#portions.stop();
    const { serviceRestart: code } = CloseCode;
    this.#endAll(() => ({ code, reason: 'the hub is stopping', retryAfterMs: returns.take() }));
  }

  async close(): Promise<void> {
    for (const stop of this.#stops) stop();
    await this.#worker.close();
  }

  #beginning(from: string): Beginning {
    const { start, durable, end } = this.#parts.core.log;
    const asked = from === 'now' ? durable : from === 'start' ? start : Number(from);
    // A cursor beyond the end is of another log: all of this one is news to its reader.
    return asked > end
      ? { cursor: start, notice: replacedLog(asked, start) }
      : { cursor: asked, notice: null };
  }

  #interrupted(): void {
    this.#portions.endAll();
    const { tryAgainLater: code } = CloseCode;
    const reason = 'the stream was interrupted';
    this.#endAll(() => ({ code, reason, retryAfterMs: INTERRUPTED_RETRY_MS }));
  }

  #endAll(ending: () => Ending): void {
    for (const { carrier } of this.#subscriptions.values()) carrier.end(ending());
  }

  #scheduleTick(): void {
    this.#cancelTick = this.#parts.timers.after(DEADLINE_MS / TICKS_PER_DEADLINE, () => {
      for (const subscription of this.#subscriptions.values()) subscription.tick();
      this.#scheduleTick();
    });
  }
}

function replacedLog(asked: number, begin: number): StreamMessage {
  const event = 'skipped';
  const reason =
    'the cursor lies beyond the end of this log, which is another one; it is sent from its start';
  const text = JSON.stringify({ type: event, from: String(asked), to: String(begin), reason });
  return { event, text, cursor: begin };
}
