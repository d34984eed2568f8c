/** What a network does to packets on one way. */
export interface Impairment {
  /** Least time on the way, ms. */
  readonly delayMs: number;
  /** Delays vary by so much around it, ms, in a truncated normal distribution; order is kept. */
  readonly jitterMs: number;
  /** null is no limit. */
  readonly bitsPerS: number | null;
  /** Share of packets that get lost, from 0 to 1. */
  readonly lossRatio: number;
}

/** A network, both ways, as seen from the device. */
export interface Impairments {
  /** Of a profile, or of the delay: `wifi`, `20ms`. */
  readonly name: string;
  readonly up: Impairment;
  readonly down: Impairment;
}
