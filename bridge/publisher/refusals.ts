import type { Logger } from '@weir/runtime';

/** Messages that the broker, or its limits, refused for good: counted by reason, and told. */
export class Refusals {
  readonly #byReason = new Map<string, number>();
  readonly #logger: Logger;
  #count = 0;

  constructor(logger: Logger) {
    this.#logger = logger;
  }

  get count(): number {
    return this.#count;
  }

  byReason(): Record<string, number> {
    return Object.fromEntries(this.#byReason);
  }

  /** Logs the 1st, 2nd, 4th, 8th ... of each reason: no reason goes unsaid, and none floods the log. */
  add(reason: string, topic: string, identity: string | null): void {
    const key = this.#byReason.has(reason) || this.#byReason.size < REASONS_MAX ? reason : 'other reasons';
    const count = (this.#byReason.get(key) ?? 0) + 1;
    this.#byReason.set(key, count);
    this.#count++;
    if ((count & (count - 1)) === 0)
      this.#logger.warn({ reason, topic, identity, count }, 'message refused; it is not sent again');
  }
}

/** A broker can put any text into its reasons. */
const REASONS_MAX = 32;
