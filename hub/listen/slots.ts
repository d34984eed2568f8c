/**
 * The queue at the hub's door. Time is cut into slots, `perSecond` of them, and each lets one connection in.
 *
 *   │ passed │ passed │ present │ booked │ booked │ booked │ free ...
 *                         now                                next
 *
 * - A newcomer takes the oldest free slot. If that has come (or passed, up to two seconds ago), it is let in at once; if
 *   not, the slot is booked, and the newcomer told when it comes, with a ticket for it.
 * - Who shows a ticket in time is let in, whoever else stands at the door: nobody who comes as told is refused twice. Who
 *   comes too early is sent back to the same slot.
 * - A slot whose ticket nobody showed within `GRACE_S` goes to the next newcomer, so that devices that died, or that show
 *   no tickets, keep nobody waiting.
 * - At most `waiting` slots are booked ahead, 4 bytes each. Whoever comes beyond is sent to behind them, unbooked.
 *
 * Hence slots never run out, and in t seconds at most (t + 8) · perSecond connections are let in: the crowd can be late by
 * the grace, and unused slots can be stored up for the burst.
 */
import type { Clock, Entropy } from '@weir/runtime';

/** Slots that passed unused are kept for so long: a hub at rest takes a small crowd at once. */
const BURST_S = 2;
/** How late a ticket may come: timers, lost packets, and headers that count in whole seconds. */
const GRACE_S = 5;
/** How early. */
const EARLY_S = 0.1;
const WAITING_MIN = 1_024;
const NONCE_END = 2 ** 32;
const RADIX = 36;

export interface SlotOptions {
  /** Connections let in a second, in the long run. */
  readonly perSecond: number;
  /** Connections that may have a slot booked at a time. */
  readonly waiting: number;
  readonly clock: Clock;
  readonly entropy: Entropy;
}

/** Come back in `afterMs`, and show the ticket, where there is one. */
export interface Booking {
  readonly afterMs: number;
  readonly ticket: string | null;
}

export class Slots {
  readonly #options: SlotOptions;
  readonly #waiting: number;
  readonly #originUs: number;
  /** Of each booked slot the number on its ticket, 0 when that was used; a ring. */
  readonly #nonces: Uint32Array;
  /** The oldest slot that nobody has. Slots are numbered on from the origin. */
  #next = 0;
  /** Tickets of slots below this are void. */
  #void = 0;
  /** Slots whose tickets became void unused. */
  #returned = 0;

  constructor(options: SlotOptions) {
    this.#options = options;
    this.#waiting = Math.max(WAITING_MIN, options.waiting);
    this.#originUs = options.clock.monotonicUs() - BURST_S * 1e6;
    this.#nonces = new Uint32Array(this.#waiting + Math.ceil((GRACE_S + 1) * options.perSecond));
  }

  /** Somebody is at the door, with a ticket or null. Null: let in; else when to come back. */
  arrive(ticket: string | null): Booking | null {
    const { clock, perSecond } = this.#options;
    const now = ((clock.monotonicUs() - this.#originUs) / 1e6) * perSecond;
    this.#advance(now);
    const held = ticket === null ? null : this.#slotOf(ticket);
    if (held === null) return this.#newcomer(now);
    if (held > now + EARLY_S * perSecond) return this.#booking(held, now, ticket);
    this.#nonces[held % this.#nonces.length] = 0;
    return null;
  }

  #newcomer(now: number): Booking | null {
    if (this.#returned >= 1) {
      this.#returned--;
      return null;
    }
    if (this.#next <= now) {
      this.#next++;
      return null;
    }
    const { entropy } = this.#options;
    if (this.#next - now >= this.#waiting) {
      return this.#booking(now + this.#waiting * (1 + entropy.unit()), now, null);
    }
    const slot = this.#next++;
    const nonce = entropy.integer(1, NONCE_END);
    this.#nonces[slot % this.#nonces.length] = nonce;
    return this.#booking(slot, now, `${slot.toString(RADIX)}.${nonce.toString(RADIX)}`);
  }

  #booking(slot: number, now: number, ticket: string | null): Booking {
    return { afterMs: Math.ceil(((slot - now) / this.#options.perSecond) * 1000), ticket };
  }

  /** The slot that a ticket is good for, or null. */
  #slotOf(ticket: string): number | null {
    const parts = /^([0-9a-z]{1,10})\.([0-9a-z]{1,7})$/.exec(ticket);
    if (parts === null) return null;
    const [slot = 0, nonce = 0] = parts.slice(1).map((text) => parseInt(text, RADIX));
    if (nonce === 0 || slot < this.#void || slot >= this.#next) return null;
    return this.#nonces[slot % this.#nonces.length] === nonce ? slot : null;
  }

  /** Time has passed: tickets become void, and slots that nobody can use any more are given up. */
  #advance(now: number): void {
    const { perSecond } = this.#options;
    const end = Math.max(this.#void, Math.floor(now - GRACE_S * perSecond));
    for (let slot = this.#void; slot < Math.min(end, this.#next); slot++) {
      const place = slot % this.#nonces.length;
      if (this.#nonces[place] !== 0) this.#returned++;
      this.#nonces[place] = 0;
    }
    this.#void = end;
    this.#returned = Math.min(this.#returned, BURST_S * perSecond);
    this.#next = Math.max(this.#next, Math.floor(now - BURST_S * perSecond) + 1);
  }
}
