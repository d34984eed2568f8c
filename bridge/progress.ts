/** How far the bridge is, and what it waits for: the one place that `stats()` and the status topic read. */
import { WeirError } from '@weir/runtime';
import type { Publication } from './payload.js';
import type { CursorKeeper } from './publisher/cursor-keeper.js';
import type { MqttVersion } from './publisher/packet.js';
import type { Refusals } from './publisher/refusals.js';
import { SettledBeyond } from './publisher/settled-beyond.js';

export interface BridgeStats {
  /** `running`: broker and hub connected. `waiting`: one of them is out of reach, `error` says which and why. */
  readonly state: 'running' | 'waiting' | 'closed';
  readonly error: { readonly code: string; readonly message: string } | null;
  /** Readings that the broker acknowledged, resends included. */
  readonly published: number;
  /** Readings taken from the hub and not yet settled. */
  readonly pending: number;
  /** Messages refused for good, in all and by reason. */
  readonly refused: number;
  readonly refusedByReason: Readonly<Record<string, number>>;
  /** Parts of the hub's log that it could not send any more (`skipped` in its stream). */
  readonly skipped: number;
  /** Offset in the hub's log: everything before it is acknowledged or refused. */
  readonly cursor: number;
  /** MQTT version of the present connection: 5, 4 (MQTT 3.1.1), or null when there is none. */
  readonly protocolVersion: MqttVersion | null;
}

interface Waiter {
  readonly cursor: number;
  readonly resolve: () => void;
  readonly reject: (error: Error) => void;
}

export class Progress {
  readonly refusals: Refusals;
  readonly #keeper: CursorKeeper;
  readonly #beyond = new SettledBeyond();
  readonly #waiters = new Set<Waiter>();
  #published = 0;
  #received = 0;
  #settled = 0;
  #settledEver = 0;
  skipped = 0;
  protocolVersion: MqttVersion | null = null;
  brokerError: WeirError | null = new WeirError('bridge.broker_unreachable', 'not connected yet');
  hubError: WeirError | null = new WeirError('bridge.hub_unreachable', 'not connected yet');
  #closed = false;

  constructor(keeper: CursorKeeper, refusals: Refusals) {
    this.#keeper = keeper;
    this.refusals = refusals;
  }

  get cursor(): number {
    return this.#keeper.value;
  }

  get published(): number {
    return this.#published;
  }

  /** Readings of all sessions acknowledged or refused, resends included. */
  get settledEver(): number {
    return this.#settledEver;
  }

  /** A new session takes up the stream at the cursor: what the last one left unsettled will come again. */
  sessionBegins(): void {
    this.#received = 0;
    this.#settled = 0;
    this.hubError = new WeirError('bridge.hub_unreachable', 'connecting to the hub');
  }

  /** Readings came from the hub. */
  readingsReceived(count: number): void {
    this.#received += count;
  }

  /** A reading was acknowledged by the broker, or refused for good; null when it never became a message. */
  readingSettled(message: Publication | null, accepted: boolean): void {
    if (message !== null) this.#beyond.add(message);
    this.#settled++;
    this.#settledEver++;
    if (accepted) this.#published++;
  }

  /** Was this reading settled on an earlier connection? Then it counts as settled on this one. */
  settledBefore(message: Publication): boolean {
    if (!this.#beyond.has(message)) return false;
    this.#settled++;
    return true;
  }

  moveTo(cursor: number): void {
    this.#beyond.clear();
    this.#keeper.moveTo(cursor);
    for (const waiter of this.#waiters) {
      if (waiter.cursor > cursor) continue;
      this.#waiters.delete(waiter);
      waiter.resolve();
    }
  }

  reached(cursor: number): Promise<void> {
    if (this.cursor >= cursor) return Promise.resolve();
    if (this.#closed) return Promise.reject(closedError());
    return new Promise((resolve, reject) => this.#waiters.add({ cursor, resolve, reject }));
  }

  close(): void {
    this.#closed = true;
    for (const waiter of this.#waiters) waiter.reject(closedError());
    this.#waiters.clear();
  }

  stats(): BridgeStats {
    const fault = this.brokerError ?? this.hubError;
    const cursorFault = this.#keeper.error;
    return {
      state: this.#closed ? 'closed' : fault === null ? 'running' : 'waiting',
      error:
        fault !== null
          ? { code: fault.code, message: fault.message }
          : cursorFault !== null
            ? { code: 'bridge.cursor_file', message: cursorFault }
            : null,
      published: this.#published,
      pending: this.#received - this.#settled,
      refused: this.refusals.count,
      refusedByReason: this.refusals.byReason(),
      skipped: this.skipped,
      cursor: this.cursor,
      protocolVersion: this.protocolVersion,
    };
  }
}

function closedError(): WeirError {
  return new WeirError('bridge.closed', 'the bridge was closed');
}
