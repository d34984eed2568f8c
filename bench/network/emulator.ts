import type { DelayLine } from './delay-line.js';
import { delayOnly, type Impairments, type WayName } from './impairments.js';
import { TraceRecorder, type TracedPacket } from './trace-recorder.js';
import type { LinkTrace } from './trace.js';
import { waysOf } from './way.js';

export interface Emulation {
  readonly impairments: Impairments;
  readonly seed: number;
  /** What a packet takes through the emulator itself, us: taken off its delay. */
  readonly transitUs: number;
}

/** On one way at a time: more than any TCP of ours has under way, and bounded. */
const MOST_ON_THE_WAY = 1 << 16;

/** The network that packets are handed to: delays them, loses them, writes them down. */
export class Emulator {
  readonly #counted: LinkTrace['counted'];
  readonly #lines: Readonly<Record<WayName, DelayLine>>;
  #ways = waysOf(delayOnly(0), 0);
  #transitUs = 0;
  #recorder: TraceRecorder | null = null;
  #lost = { up: 0, down: 0 };

  constructor(counted: LinkTrace['counted'], lines: Readonly<Record<WayName, DelayLine>>) {
    this.#counted = counted;
    this.#lines = lines;
  }

  impair({ impairments, seed, transitUs }: Emulation): void {
    this.#ways = waysOf(impairments, seed);
    this.#transitUs = transitUs;
  }

  /**
   * Takes a packet that leaves its sender at `atUs`; calls `arrive` when it gets there, with that time. False: it gets lost.
   * `transitUs` is 0 for a packet that is none of this machine's, and so takes no time of its own.
   */
  send(
    way: WayName,
    atUs: number,
    packet: TracedPacket,
    arrive: (atUs: number) => void,
    transitUs = this.#transitUs,
  ): boolean {
    this.note(way, atUs, packet);
    const arrivalUs = this.#ways[way].arrivalUs(atUs, packet.bytes);
    if (arrivalUs === null || this.#lines[way].length === MOST_ON_THE_WAY) {
      this.#lost[way]++;
      return false;
    }
    this.#lines[way].push(arrivalUs - transitUs, () => arrive(arrivalUs));
    return true;
  }

  /** Writes a packet down that delays nothing and is not delayed. */
  note(way: WayName, atUs: number, packet: TracedPacket): void {
    this.#recorder?.add(atUs, way, packet);
  }

  startTrace(): void {
    this.#recorder = new TraceRecorder(this.#counted);
    this.#lost = { up: 0, down: 0 };
  }

  /** All since `startTrace`. `overrun` is how many the emulator itself has dropped in that time. Throws `bench.trace_full`. */
  takeTrace(overrun: number): LinkTrace {
    const recorder = this.#recorder ?? new TraceRecorder(this.#counted);
    this.#recorder = null;
    return { ...recorder.trace(), lost: this.#lost, overrun };
  }

  async close(): Promise<void> {
    await Promise.all([this.#lines.up.close(), this.#lines.down.close()]);
  }
}
