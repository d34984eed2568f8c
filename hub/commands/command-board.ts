/**
 * Commands to devices, whichever way they travel.
 *
 *   operator ──issue──► board ──► the device's connection, where it has one
 *                         │  ╲──► a request of the device that waits (long polling, server-sent events)
 *                         ╰─────► its next request, where it asked lately
 *   operator ◄─result── board ◄── reply, over either
 */
import type { Reply } from '@weir/protocol';
import { WeirError, type Clock, type Timers } from '@weir/runtime';
import type { DeviceEntry } from '../registry/device.js';
import {
  PendingCommands,
  type Command,
  type CommandResult,
  type Delivery,
  type Order,
} from './pending-commands.js';

/** A device's connection. */
export interface CommandConnection {
  command(command: Command): void;
}

/** A request of a device that waits for commands. */
export interface CommandListener {
  /** There is something to take. */
  wake(): void;
  /** It must not wait on: `hub.replaced`, `hub.stopping`. */
  end(error: WeirError): void;
}

export interface CommandBoardParts {
  readonly clock: Clock;
  readonly timers: Timers;
  /** For a reply, unless the command says otherwise, ms. */
  readonly timeoutMs: number;
  readonly listenersMax: number;
  readonly connectionOf: (device: DeviceEntry) => CommandConnection | undefined;
}

/** A device that asked for commands so long ago is taken to ask again: as for its posts (registry/presence.ts). */
const POLLED_LATELY_US = 60e6;

export class CommandBoard {
  readonly #parts: CommandBoardParts;
  /** Of devices that have any. */
  readonly #pending = new Map<DeviceEntry, PendingCommands>();
  readonly #listeners = new Map<DeviceEntry, CommandListener>();
  #nextId = 1;
  #closed = false;

  constructor(parts: CommandBoardParts) {
    this.#parts = parts;
  }

  /** Requests that wait. */
  get listening(): number {
    return this.#listeners.size;
  }

  /** Resolves with the device's reply. Rejects with `hub.device_offline`, `hub.command_timeout`, `hub.too_many_commands`. */
  async issue(
    device: DeviceEntry,
    order: Order,
    timeoutMs: number = this.#parts.timeoutMs,
  ): Promise<CommandResult> {
    if (!this.#reachable(device, timeoutMs)) throw offline(`${device.name} is not connected`);
    const pending = this.#pending.get(device) ?? new PendingCommands(device.name, this.#parts.timers);
    this.#pending.set(device, pending);
    const result = pending.issue({ id: this.#nextId++, ...order }, timeoutMs);
    if (!this.#send(device)) this.#listeners.get(device)?.wake();
    try {
      return await result;
    } finally {
      if (pending.size === 0 && this.#pending.get(device) === pending) this.#pending.delete(device);
    }
  }

  /** A reply of the device came. False when nobody waits for it. */
  answered(device: DeviceEntry, reply: Pick<Reply, 'id' | 'ok' | 'message'>): boolean {
    return this.#pending.get(device)?.answered(reply) ?? false;
  }

  /** The device has a connection: it brings what no request took. */
  connected(device: DeviceEntry): void {
    this.#send(device);
  }

  /** The device's connection ended, and whether its commands were carried out nobody knows. */
  disconnected(device: DeviceEntry): void {
    const pending = this.#pending.get(device);
    pending?.abandon(offline(`${device.name} went offline before it answered`), 'connection');
  }

  /** The device asks: its unanswered commands behind `after`. */
  take(device: DeviceEntry, after: number): Delivery[] {
    device.polledUs = this.#parts.clock.monotonicUs();
    return this.#pending.get(device)?.take('request', after) ?? [];
  }

  /** A request waits from here on, until what is returned is called. One that waited already ends. Throws `hub.busy`. */
  listen(device: DeviceEntry, listener: CommandListener): () => void {
    if (this.#closed) throw new WeirError('hub.stopping', 'the hub is stopping', { retryable: true });
    const former = this.#listeners.get(device);
    const limit = this.#parts.listenersMax;
    if (former === undefined && this.#listeners.size >= limit) {
      const message = `${limit} requests are waiting for commands, which is the limit`;
      throw new WeirError('hub.busy', message, { retryable: true, details: { limit } });
    }
    this.#listeners.set(device, listener);
    former?.end(new WeirError('hub.replaced', `a newer request for commands of ${device.name} took over`));
    return () => {
      device.polledUs = this.#parts.clock.monotonicUs();
      if (this.#listeners.get(device) === listener) this.#listeners.delete(device);
    };
  }

  /** Ends what waits, on either side. */
  close(): void {
    this.#closed = true;
    const error = new WeirError('hub.stopping', 'the hub is stopping', { retryable: true });
    for (const listener of [...this.#listeners.values()]) listener.end(error);
    for (const pending of this.#pending.values()) pending.abandon(error);
  }

  #reachable(device: DeviceEntry, timeoutMs: number): boolean {
    if (this.#closed) return false;
    if (this.#parts.connectionOf(device) !== undefined || this.#listeners.has(device)) return true;
    const lately = Math.max(POLLED_LATELY_US, timeoutMs * 1000);
    return device.polledUs !== null && this.#parts.clock.monotonicUs() - device.polledUs <= lately;
  }

  /** Sends what waits over the device's connection; false when it has none. */
  #send(device: DeviceEntry): boolean {
    const connection = this.#parts.connectionOf(device);
    if (connection === undefined) return false;
    const deliveries = this.#pending.get(device)?.take('connection') ?? [];
    for (const { command } of deliveries) connection.command(command);
    return true;
  }
}

function offline(message: string): WeirError {
  return new WeirError('hub.device_offline', message, { retryable: true });
}
