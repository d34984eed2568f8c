import type { Reply } from '@weir/protocol';
import { WeirError, type Timers } from '@weir/runtime';

/** Unanswered commands of one device at a time. */
const PENDING_MAX = 64;

export interface CommandResult {
  readonly ok: boolean;
  readonly message: string;
}

interface Pending {
  readonly cancel: () => void;
  readonly resolve: (result: CommandResult) => void;
  readonly reject: (error: WeirError) => void;
}

/** Commands on their way to one device, by the id that its reply will carry. */
export class PendingCommands {
  readonly #timers: Timers;
  /** Made for the first command: most devices get none. */
  #pending: Map<number, Pending> | null = null;
  #nextId = 1;

  constructor(timers: Timers) {
    this.#timers = timers;
  }

  /**
   * Calls `send` with a new id and waits for the reply with that id. Rejects with `hub.command_timeout`,
   * `hub.too_many_commands`, or `hub.device_offline` when the connection ends first.
   */
  issue(device: string, timeoutMs: number, send: (id: number) => void): Promise<CommandResult> {
    const pending = (this.#pending ??= new Map<number, Pending>());
    if (pending.size >= PENDING_MAX) {
      const message = `${device} has not answered ${PENDING_MAX} commands yet`;
      return Promise.reject(new WeirError('hub.too_many_commands', message, { retryable: true }));
    }
    const id = this.#nextId++;
    return new Promise((resolve, reject) => {
      const cancel = this.#timers.after(timeoutMs, () => {
        pending.delete(id);
        const message = `${device} did not answer within ${timeoutMs} ms`;
        reject(new WeirError('hub.command_timeout', message, { retryable: true }));
      });
      pending.set(id, { cancel, resolve, reject });
      send(id);
    });
  }

  /** A reply came; one that nobody waits for is ignored. */
  answered({ id, ok, message }: Reply): void {
    const pending = this.#pending?.get(id);
    if (pending === undefined) return;
    this.#pending?.delete(id);
    pending.cancel();
    pending.resolve({ ok, message });
  }

  /** The connection ended. */
  abandon(device: string): void {
    for (const { cancel, reject } of this.#pending?.values() ?? []) {
      cancel();
      reject(
        new WeirError('hub.device_offline', `${device} went offline before it answered`, { retryable: true }),
      );
    }
    this.#pending = null;
  }
}
