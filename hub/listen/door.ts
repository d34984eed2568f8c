/** Who may open one more connection of a kind, whatever carries it: the hub stays, there is room, and it is their turn. */
import type { IncomingHttpHeaders } from 'node:http';
import type { Entropy } from '@weir/runtime';
import type { Refusal } from '../auth/gate.js';
import { TICKET_HEADER } from './refuse.js';
import type { Returns } from './returns.js';
import type { Slots } from './slots.js';

/** A full hub does not empty soon: its clients come back after a while of their own, ms. */
const FULL_MS = { min: 15_000, max: 45_000 };

export interface DoorParts {
  /** What comes in, for messages. */
  readonly kind: string;
  readonly max: number;
  readonly slots: Slots;
  readonly entropy: Entropy;
}

export class Door {
  readonly #parts: DoorParts;
  #returns: Returns | null = null;

  constructor(parts: DoorParts) {
    this.#parts = parts;
  }

  /** Nobody comes in from here on; whoever comes is told when the next hub is ready for it. */
  stop(returns: Returns): void {
    this.#returns = returns;
  }

  /** A refusal when the hub stops, or has as many open as it may; null otherwise. */
  closed(open: number): Refusal | null {
    if (this.#returns !== null) return later('hub.stopping', 'the hub is stopping', this.#returns.take());
    const { kind, max, entropy } = this.#parts;
    if (open < max) return null;
    return later(
      'hub.busy',
      `${open} ${kind}; the limit is ${max}`,
      entropy.integer(FULL_MS.min, FULL_MS.max),
    );
  }

  /** A refusal when it is not this client's turn; null when it is, which uses its turn up. */
  turn(headers: IncomingHttpHeaders): Refusal | null {
    const shown = headers[TICKET_HEADER.toLowerCase()];
    const booking = this.#parts.slots.arrive(typeof shown === 'string' ? shown : null);
    if (booking === null) return null;
    const message = 'many connect at once; come when it is your turn';
    return { ...later('hub.busy', message, booking.afterMs), ticket: booking.ticket };
  }
}

function later(code: string, message: string, retryAfterMs: number): Refusal {
  const retryAfterS = Math.max(1, Math.ceil(retryAfterMs / 1000));
  return { status: 503, code, message, retryAfterMs, retryAfterS };
}
