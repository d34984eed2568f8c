/** What 3G's stages are kept and left by, as AT&T's Application Resource Optimizer models it (RrcStateRange.java). */
import type { Queue, Stage } from '../profile-schema.js';

interface Way {
  bytes: number;
  lastUs: number;
}

/** Bytes of each way with no longer silence between packets than the window: enough of them keep a stage. */
export class RecentBytes {
  readonly #bytes: number;
  readonly #withinUs: number;
  readonly #ways = { up: empty(), down: empty() };

  constructor({ bytes, withinS }: NonNullable<Stage['keptBy']>) {
    this.#bytes = bytes;
    this.#withinUs = withinS * 1e6;
  }

  clear(): void {
    Object.assign(this.#ways, { up: empty(), down: empty() });
  }

  enough(atUs: number, bytes: number, up: boolean): boolean {
    const way = up ? this.#ways.up : this.#ways.down;
    way.bytes = (atUs - way.lastUs > this.#withinUs ? 0 : way.bytes) + bytes;
    way.lastUs = atUs;
    return way.bytes >= this.#bytes;
  }
}

/** Queues of a shared channel, which drain with time: what overfills one needs a channel of its own. */
export class PacketQueue {
  readonly #limits: NonNullable<Stage['carries']>;
  readonly #ways = { up: empty(), down: empty() };

  constructor(limits: NonNullable<Stage['carries']>) {
    this.#limits = limits;
  }

  clear(): void {
    Object.assign(this.#ways, { up: empty(), down: empty() });
  }

  takes(atUs: number, bytes: number, up: boolean): boolean {
    const way = up ? this.#ways.up : this.#ways.down;
    const limit = up ? this.#limits.up : this.#limits.down;
    const drained = atUs - way.lastUs > drainMs(limit, way.bytes) * 1000;
    way.bytes = (drained ? 0 : way.bytes) + bytes;
    way.lastUs = atUs;
    return way.bytes <= limit.bytes;
  }
}

function empty(): Way {
  return { bytes: 0, lastUs: -Infinity };
}

function drainMs({ drainMs, drainMsPerByte, drainMsPerByte2 }: Queue, bytes: number): number {
  return drainMs + drainMsPerByte * bytes + drainMsPerByte2 * bytes ** 2;
}
