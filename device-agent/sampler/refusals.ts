/** Counts what was refused, by reason, with the latest example of each; warns on the 1st, 10th, 100th ... time. */
import type { Logger } from '@weir/runtime';
import type { SourceRefusal } from '../sources/source.js';

export type RefusalReason =
  | SourceRefusal
  /** NaN or an infinity. */
  | 'not_finite'
  /** A text longer than the wire takes. */
  | 'text_too_long'
  /** A text with half of a surrogate pair, which has no UTF-8. */
  | 'not_unicode'
  /** A time that is not a safe integer of microseconds. */
  | 'bad_time'
  /** A value of another type than the channel's. */
  | 'type_changed'
  /** Another unit than the channel's. */
  | 'unit_changed'
  /** Not a valid channel name, or one that Weir uses itself. */
  | 'bad_name'
  | 'too_many_channels';

export interface Refusal {
  readonly reason: RefusalReason;
  readonly count: number;
  /** Full name of the channel refused last, shortened when it is long. */
  readonly channel: string;
  readonly message: string;
}

const EXAMPLE_LENGTH = 160;

export class Refusals {
  readonly #byReason = new Map<RefusalReason, Refusal>();
  readonly #logger: Logger;

  constructor(logger: Logger) {
    this.#logger = logger;
  }

  count(reason: RefusalReason, channel: string, message: string): void {
    const count = (this.#byReason.get(reason)?.count ?? 0) + 1;
    const refusal = { reason, count, channel: shorten(channel), message: shorten(message) };
    this.#byReason.set(reason, refusal);
    if (isPowerOfTen(count)) this.#logger.warn(refusal, 'reading refused');
  }

  list(): Refusal[] {
    return [...this.#byReason.values()];
  }
}

function shorten(text: string): string {
  return text.length <= EXAMPLE_LENGTH ? text : `${text.slice(0, EXAMPLE_LENGTH)}...`;
}

function isPowerOfTen(count: number): boolean {
  let rest = count;
  while (rest % 10 === 0) rest /= 10;
  return rest === 1;
}
