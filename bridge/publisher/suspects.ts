/**
 * Finds the message that makes a broker hang up.
 *
 * MQTT 3.1.1 has no way to refuse one message: a broker that forbids a topic, or finds a message too large, drops the
 * connection, and a bridge that resends it is stuck on it for ever. So after each loss the oldest message in flight is
 * the suspect:
 *
 *   1 loss        resend all: broker restarts and cut cables look the same
 *   2 in a row    the same suspect again: one message in flight at a time, until the suspect is settled
 *   5 in a row    condemned: it was alone in flight for the last three. It is refused here, and reported
 *
 * Limit: the 1,000 messages condemned last are remembered.
 */
const CAUTIOUS_AT = 2;
const CONDEMNED_AT = 5;
const CONDEMNED_MAX = 1_000;

export class Suspects {
  #suspect: string | null = null;
  #losses = 0;
  readonly #condemned = new Set<string>();

  /** Send one message at a time? */
  get cautious(): boolean {
    return this.#losses >= CAUTIOUS_AT;
  }

  /** A connection was lost, by the broker's silence or its hanging up, with this message the oldest in flight. */
  lost(oldest: string | undefined): void {
    if (oldest === undefined) return;
    this.#losses = oldest === this.#suspect ? this.#losses + 1 : 1;
    this.#suspect = oldest;
    if (this.#losses < CONDEMNED_AT) return;
    if (this.#condemned.size >= CONDEMNED_MAX)
      this.#condemned.delete(this.#condemned.values().next().value ?? '');
    this.#condemned.add(oldest);
    this.#clear();
  }

  /** The broker took this message. Says whether it was the suspect, so that caution ends. */
  settled(message: string): boolean {
    if (message !== this.#suspect) return false;
    this.#clear();
    return true;
  }

  isCondemned(message: string): boolean {
    return this.#condemned.size > 0 && this.#condemned.has(message);
  }

  #clear(): void {
    this.#suspect = null;
    this.#losses = 0;
  }
}
