/** How a connection can end, and when to try again. Pure: time and chance are handed in. */
import { CloseCode } from '@weir/protocol';
import { fullJitter, type BackoffBounds, type Entropy } from '@weir/runtime';

export type ConnectionEnd =
  /** Never opened: no route, no listener, a time-out, TLS. */
  | { readonly how: 'unreachable'; readonly message: string }
  /** The hub answered the upgrade with an HTTP status instead. */
  | {
      readonly how: 'refused';
      readonly status: number;
      readonly retryAfterMs: number | null;
      readonly message: string;
      /** The delay is meant for this device alone. */
      readonly isTurn: boolean;
    }
  /** Closed by the hub or lost; 1006 is a connection that just ended. */
  | { readonly how: 'closed'; readonly code: number; readonly message: string }
  /** The hub said goodbye and when to come back. */
  | {
      readonly how: 'goodbye';
      readonly code: number;
      readonly retryAfterMs: number;
      readonly message: string;
    }
  /** Nothing heard until the deadline: the connection was half open and has been terminated. */
  | { readonly how: 'silent'; readonly message: string }
  /** The hub broke the protocol. */
  | { readonly how: 'protocol'; readonly message: string }
  /** A fault of our own, logged in full. */
  | { readonly how: 'fault'; readonly message: string }
  /** Our own wish to say hello again, with more to tell. */
  | { readonly how: 'renewal'; readonly message: string };

export const BACKOFF: BackoffBounds = Object.freeze({ baseMs: 500, capMs: 30_000 });

/** A session that lasted this long was a good one: the next trouble starts from the shortest delays. */
export const STABLE_MS = 30_000;

/** What a person has to put right is asked for rarely: between these two, at random. */
const SLOW_MS = { min: 30_000, max: 90_000 };
/** No hub may send a device away for longer. */
export const RETRY_AFTER_MS_MAX = 3_600_000;
/** No turn comes sooner: a hub waits some seconds for who is late. */
const TURN_MS_MIN = 250;
/** Spreads those who were told the same delay. */
const RETRY_AFTER_SPREAD = 0.2;

const STATUS_FOR_A_PERSON: readonly number[] = [400, 401, 403, 404];
const CODE_FOR_A_PERSON: readonly number[] = [
  CloseCode.protocolError,
  CloseCode.policyViolation,
  CloseCode.unauthorized,
  CloseCode.forbidden,
  CloseCode.replaced,
];

/** Whether trying again soon is pointless: a wrong token or address, a version not spoken, a second agent with the same name. */
export function needsAPerson(end: ConnectionEnd): boolean {
  if (end.how === 'refused') return STATUS_FOR_A_PERSON.includes(end.status);
  return (end.how === 'closed' || end.how === 'goodbye') && CODE_FOR_A_PERSON.includes(end.code);
}

/** Delay before the next attempt, ms. `attempt` counts those since the last stable session, from 0. */
export function retryDelayMs(end: ConnectionEnd, attempt: number, entropy: Entropy): number {
  if (end.how === 'renewal') return 0;
  if (needsAPerson(end)) return Math.round(SLOW_MS.min + entropy.unit() * (SLOW_MS.max - SLOW_MS.min));
  const backoffMs = fullJitter(attempt, BACKOFF, entropy);
  const namedMs = namedDelayMs(end);
  if (namedMs === null) return backoffMs;
  const delayMs = Math.min(namedMs, RETRY_AFTER_MS_MAX);
  if (end.how === 'refused' && end.isTurn) return Math.max(delayMs, TURN_MS_MIN);
  // Told to come at once, again and again, a device takes its time all the same.
  if (end.how === 'goodbye') return delayMs < BACKOFF.baseMs ? Math.max(delayMs, backoffMs) : delayMs;
  return Math.round(delayMs * (1 + RETRY_AFTER_SPREAD * entropy.unit()));
}

/** Whether the hub named a delay that is not honoured in full. */
export function asksTooMuch(end: ConnectionEnd): boolean {
  return (namedDelayMs(end) ?? 0) > RETRY_AFTER_MS_MAX;
}

/** The delay that the hub asked for, or null. */
function namedDelayMs(end: ConnectionEnd): number | null {
  return end.how === 'goodbye' || end.how === 'refused' ? end.retryAfterMs : null;
}
