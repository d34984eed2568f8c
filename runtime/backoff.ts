import type { Entropy } from './entropy.js';

export interface BackoffBounds {
  readonly baseMs: number;
  readonly capMs: number;
}

/**
 * Delay before try number `attempt` (0 for the first retry): uniform between 0 and the exponential bound ("full
 * jitter"), which spreads a crowd better than any fixed schedule.
 */
export function fullJitter(attempt: number, { baseMs, capMs }: BackoffBounds, entropy: Entropy): number {
  return Math.floor(entropy.unit() * Math.min(capMs, baseMs * 2 ** Math.min(attempt, 30)));
}
