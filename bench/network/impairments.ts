/** What a network does to packets on one way. */
export interface Impairment {
  /** Time on the way without jitter and without waiting for a turn, ms. */
  readonly delayMs: number;
  /** Standard deviation of the delay, ms: normal, cut at three of it and so that it stays above 0. Order is kept. */
  readonly jitterMs: number;
  /** Of IP packets, headers included; null is no limit. */
  readonly bitsPerS: number | null;
  /** Share of packets that get lost, from 0 to 1; each by itself. */
  readonly lossRatio: number;
}

/** A network, both ways, as seen from the device. */
export interface Impairments {
  /** Of a profile, or of the delay: `wifi`, `20ms`. */
  readonly name: string;
  readonly up: Impairment;
  readonly down: Impairment;
}

/** up: from the device to the hub. */
export type WayName = 'up' | 'down';

/** The classic experiment: nothing but delay, the same both ways. */
export function delayOnly(oneWayMs: number): Impairments {
  const way: Impairment = { delayMs: oneWayMs, jitterMs: 0, bitsPerS: null, lossRatio: 0 };
  return { name: `${oneWayMs}ms`, up: way, down: way };
}

/** The loopback interface as it is: no link between the two ends. */
export const LOOPBACK: Impairments = { ...delayOnly(0), name: 'loopback' };
