/**
 * Readings beyond the cursor that are settled already. The cursor moves at the ends of the hub's messages alone, and one
 * message can hold more readings than a connection to a slow or ailing broker lives to see acknowledged: the next
 * connection leaves these out and gets further, where it would else begin again for ever. Bounded: what does not fit is
 * sent again.
 */
import { messageKey, type Publication } from '../payload.js';

const KEYS_MAX = 65_536;

export class SettledBeyond {
  readonly #keys = new Set<string>();

  add(message: Publication): void {
    if (this.#keys.size < KEYS_MAX) this.#keys.add(messageKey(message));
  }

  has(message: Publication): boolean {
    return this.#keys.size > 0 && this.#keys.has(messageKey(message));
  }

  /** The cursor has moved: the hub begins behind it the next time. */
  clear(): void {
    this.#keys.clear();
  }
}
