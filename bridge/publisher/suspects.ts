/**
 * Finds the message that makes a broker hang up.
 *
 * MQTT 3.1.1 has no way to refuse one message: a broker that forbids a topic, or finds a message too large, drops the
 * connection, and a bridge that resends it is stuck on it for ever. So after each loss the oldest message in flight is
 * the suspect:
 *
 *   1 loss        resend all: broker restarts and cut cables look the same
 *   2 in a row    the same suspect again: one message in flight at a time, until the suspect is settled
 *   5 in a row    convicted: it was alone in flight for the last three
 */
import { messageKey, type Publication } from '../payload.js';

const CAUTIOUS_AT = 2;
const CONVICTED_AT = 5;

export class Suspects {
  #suspect: string | null = null;
  #losses = 0;

  /** Send one message at a time? */
  get cautious(): boolean {
    return this.#losses >= CAUTIOUS_AT;
  }

  /**
   * A connection was lost, by the broker's hanging up or falling silent, with this message the oldest in flight. Returns
   * true when that convicts it: it must not be sent again.
   */
  lost(oldest: Publication): boolean {
    const key = messageKey(oldest);
    this.#losses = key === this.#suspect ? this.#losses + 1 : 1;
    this.#suspect = key;
    if (this.#losses < CONVICTED_AT) return false;
    this.#clear();
    return true;
  }

  /** The broker answered this message. Says whether it was the suspect, so that caution ends. */
  settled(message: Publication): boolean {
    if (this.#suspect === null || messageKey(message) !== this.#suspect) return false;
    this.#clear();
    return true;
  }

  #clear(): void {
    this.#suspect = null;
    this.#losses = 0;
  }
}
