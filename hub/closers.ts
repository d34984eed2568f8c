import { setTimeout as sleep } from 'node:timers/promises';
import { messageOf, type Logger } from '@weir/runtime';

/** What has been opened, closed in reverse order; a failure keeps nothing else open. */
export class Closers {
  readonly #logger: Logger;
  readonly #closers: (() => Promise<void> | void)[] = [];
  #closing: Promise<void> | null = null;

  constructor(logger: Logger) {
    this.#logger = logger;
  }

  add(close: () => Promise<void> | void): void {
    this.#closers.push(close);
  }

  /** Closes everything once, however often it is called. */
  close(): Promise<void> {
    this.#closing ??= this.#closeAll();
    return this.#closing;
  }

  async #closeAll(): Promise<void> {
    for (let close = this.#closers.pop(); close !== undefined; close = this.#closers.pop()) {
      try {
        await close();
      } catch (error) {
        this.#logger.error({ reason: messageOf(error) }, 'a part of the hub did not close cleanly');
      }
    }
  }
}

/** Waits until a condition holds, at most so long. */
export async function until(holds: () => boolean, timeoutMs: number): Promise<void> {
  const POLL_MS = 10;
  for (let waitedMs = 0; !holds() && waitedMs < timeoutMs; waitedMs += POLL_MS) await sleep(POLL_MS);
}
