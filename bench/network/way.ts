import { seededEntropy, type Entropy } from '@weir/runtime';
import type { Impairment, Impairments, WayName } from './impairments.js';

/** dummynet(4)'s own queue, which WebPageTest's networks have: 50 packets of the largest size, bytes. */
const LEAST_QUEUE = 50 * 1500;
const MOST_DEVIATIONS = 3;

/** One way of a network: what becomes of each packet that is handed to it. Draws from its seed alone. */
export class Way {
  readonly #impairment: Impairment;
  readonly #queueUs: number;
  readonly #loss: Entropy;
  readonly #jitter: Entropy;
  /** When the last packet handed in will have been sent, us. */
  #busyUntilUs = 0;

  /** `roundTripMs` of the network, for the size of the queue before a link with a rate. */
  constructor(impairment: Impairment, roundTripMs: number, seed: number) {
    this.#impairment = impairment;
    this.#queueUs = Math.max((LEAST_QUEUE * 8e6) / (impairment.bitsPerS ?? Infinity), roundTripMs * 1000);
    this.#loss = seededEntropy(seed);
    this.#jitter = seededEntropy(seed + 1);
  }

  /** When a packet of so many bytes, handed in at `atUs`, gets there; null when it gets lost or finds the queue full. */
  arrivalUs(atUs: number, bytes: number): number | null {
    const { delayMs, lossRatio, bitsPerS } = this.#impairment;
    const sentUs = bitsPerS === null ? atUs : this.#sentUs(atUs, (bytes * 8e6) / bitsPerS);
    const lost = lossRatio > 0 && this.#loss.unit() < lossRatio;
    return lost || sentUs === null ? null : sentUs + delayMs * 1000 + this.#jitterUs();
  }

  /** When a packet that takes `ownUs` to send will have been sent, after those before it; null when too many are before it. */
  #sentUs(atUs: number, ownUs: number): number | null {
    const startUs = Math.max(atUs, this.#busyUntilUs);
    if (startUs - atUs > this.#queueUs) return null;
    this.#busyUntilUs = startUs + ownUs;
    return this.#busyUntilUs;
  }

  #jitterUs(): number {
    const { delayMs, jitterMs } = this.#impairment;
    if (jitterMs === 0) return 0;
    const most = Math.min(MOST_DEVIATIONS, delayMs / jitterMs);
    for (;;) {
      const deviations = standardNormal(this.#jitter);
      if (Math.abs(deviations) <= most) return deviations * jitterMs * 1000;
    }
  }
}

/** Both ways, drawn from one seed. */
export function waysOf({ up, down }: Impairments, seed: number): Record<WayName, Way> {
  const roundTripMs = up.delayMs + down.delayMs;
  return { up: new Way(up, roundTripMs, seed), down: new Way(down, roundTripMs, seed + 2) };
}

/** Box and Muller. */
function standardNormal(entropy: Entropy): number {
  return Math.sqrt(-2 * Math.log(1 - entropy.unit())) * Math.cos(2 * Math.PI * entropy.unit());
}
