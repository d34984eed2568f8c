import type { ReadingValue, Reply } from '@weir/protocol';
import { WeirError, type Timers } from '@weir/runtime';

/** Unanswered commands of one device at a time. */
const PENDING_MAX = 64;

/** What a device shall do. */
export interface Order {
  readonly name: string;
  readonly channel: string | null;
  readonly value: ReadingValue | null;
}

export interface Command extends Order {
  /** Ascends with each command of the hub's run. */
  readonly id: number;
}

export interface CommandResult {
  readonly ok: boolean;
  readonly message: string;
}

/** How a command travels: over the device's connection, or in the answer to a request of the device. */
export type Carrier = 'connection' | 'request';

export interface Delivery {
  readonly command: Command;
  /** It was handed out before: the device may have it already. */
  readonly again: boolean;
}

interface Pending {
  readonly command: Command;
  /** Null until it was handed out. */
  carrier: Carrier | null;
  readonly cancel: () => void;
  readonly resolve: (result: CommandResult) => void;
  readonly reject: (error: WeirError) => void;
}

/**
 * One device's commands, by the id that its reply will carry. Each stays until it is answered, its time is over, or the
 * connection that took it ends; how it travels is its carriers' business.
 */
export class PendingCommands {
  readonly #device: string;
  readonly #timers: Timers;
  readonly #pending = new Map<number, Pending>();

  constructor(device: string, timers: Timers) {
    this.#device = device;
    this.#timers = timers;
  }

  get size(): number {
    return this.#pending.size;
  }

  /** Resolves with the device's reply. Rejects with `hub.command_timeout`, `hub.too_many_commands`, or as `abandon` says. */
  issue(command: Command, timeoutMs: number): Promise<CommandResult> {
    if (this.#pending.size >= PENDING_MAX) {
      const message = `${this.#device} has not answered ${PENDING_MAX} commands yet`;
      return Promise.reject(new WeirError('hub.too_many_commands', message, { retryable: true }));
    }
    return new Promise((resolve, reject) => {
      const cancel = this.#timers.after(timeoutMs, () => this.#timedOut(command.id, timeoutMs));
      this.#pending.set(command.id, { command, carrier: null, cancel, resolve, reject });
    });
  }

  /**
   * Hands out what this carrier has to bring, oldest first. A connection loses nothing while it lasts, so it gets each
   * command once; a request's answer may be lost, so those behind `after` are handed out until they are answered.
   */
  take(carrier: Carrier, after = 0): Delivery[] {
    const deliveries: Delivery[] = [];
    for (const pending of this.#pending.values()) {
      const again = pending.carrier !== null;
      if (again && (carrier === 'connection' || pending.carrier === 'connection')) continue;
      if (pending.command.id <= after) continue;
      pending.carrier = carrier;
      deliveries.push({ command: pending.command, again });
    }
    return deliveries;
  }

  /** A reply came. False, and nothing more, when nobody waits for it. */
  answered({ id, ok, message }: Pick<Reply, 'id' | 'ok' | 'message'>): boolean {
    const pending = this.#pending.get(id);
    if (pending === undefined) return false;
    this.#pending.delete(id);
    pending.cancel();
    pending.resolve({ ok, message });
    return true;
  }

  /** Gives up on those that this carrier took, or on all. */
  abandon(error: WeirError, carrier?: Carrier): void {
    for (const [id, pending] of this.#pending) {
      if (carrier !== undefined && pending.carrier !== carrier) continue;
      this.#pending.delete(id);
      pending.cancel();
      pending.reject(error);
    }
  }

  #timedOut(id: number, timeoutMs: number): void {
    const pending = this.#pending.get(id);
    this.#pending.delete(id);
    const message =
      pending?.carrier === null
        ? `${this.#device} did not come for the command within ${timeoutMs} ms: it was not carried out`
        : `${this.#device} did not answer within ${timeoutMs} ms`;
    pending?.reject(new WeirError('hub.command_timeout', message, { retryable: true }));
  }
}
