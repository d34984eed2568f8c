/**
 * One world from one seed: its time, its chance, its story.
 *
 *   event ──► what it does at once ──► all promises that follow from it settle ──► next event
 *
 * True time is the world's own; every clock in it is wrong in a way of its own. Nothing outside has a say: between two
 * events the real event loop turns once, which settles promises and nothing else, and real clocks, timers and chance are
 * out of reach (confined.ts).
 */
import { seededEntropy, type Entropy } from '@weir/runtime';
import { EventQueue } from './event-queue.js';
import type { Life } from './life.js';
import { Trace } from './trace.js';

/** True UTC at the world's beginning. */
export const BEGINNING_UTC_US = 1_800_000_000e6;

/** Taken before anything can be replaced. */
const realImmediate = setImmediate;

/** Something that should never happen. */
export interface Violation {
  readonly invariant: string;
  readonly detail: string;
}

/** Violations told of one run; the first few say it all. */
const VIOLATIONS_MAX = 20;

export class World {
  readonly seed: number;
  readonly trace = new Trace();
  readonly violations: Violation[] = [];
  /** Whose step this is; null when it is nobody's. */
  acting: Life | null = null;
  readonly #queue = new EventQueue();
  #nowUs = 0;
  #events = 0;

  constructor(seed: number) {
    this.seed = seed;
  }

  /** True us since the beginning. */
  get nowUs(): number {
    return this.#nowUs;
  }

  get trueUtcUs(): number {
    return BEGINNING_UTC_US + this.#nowUs;
  }

  /** Events so far. */
  get events(): number {
    return this.#events;
  }

  /** A source of chance of its own, so that more of it taken in one place changes nothing in another. */
  chance(purpose: string): Entropy {
    let hash = Math.imul(this.seed ^ 0x9e3779b9, 0x85ebca6b) ^ Math.floor(this.seed / 2 ** 32);
    for (let i = 0; i < purpose.length; i++) hash = Math.imul(hash ^ purpose.charCodeAt(i), 0x01000193);
    hash = Math.imul(hash ^ (hash >>> 15), 0xc2b2ae35);
    return seededEntropy((hash ^ (hash >>> 13)) >>> 0);
  }

  /** Plans something. Returns what cancels it. */
  after(us: number, run: () => void): () => void {
    const planned = this.#queue.add(this.#nowUs + Math.max(0, Math.round(us)), run);
    return () => {
      planned.run = null;
    };
  }

  note(who: string, what: string, numbers: readonly number[] = [], detail?: () => string): void {
    this.trace.note(this.#nowUs, who, what, numbers, detail);
  }

  violate(invariant: string, detail: string): void {
    this.note('world', `VIOLATION ${invariant}`, [], () => detail);
    if (this.violations.length < VIOLATIONS_MAX) this.violations.push({ invariant, detail });
  }

  /** Lets so much time pass, less if `over` holds before. */
  async pass(us: number, over: () => boolean = () => false): Promise<void> {
    const endUs = this.#nowUs + Math.round(us);
    await settled();
    while (!over()) {
      const nextUs = this.#queue.nextUs;
      if (nextUs === null || nextUs > endUs) {
        this.#nowUs = endUs;
        return;
      }
      this.#happen();
      await settled();
    }
  }

  #happen(): void {
    const planned = this.#queue.take();
    if (planned === null) return;
    this.#nowUs = planned.atUs;
    this.#events++;
    this.acting = null;
    try {
      planned.run?.();
    } catch (error) {
      this.violate(
        'nothing is thrown into the event loop',
        error instanceof Error ? `${error.stack}` : String(error),
      );
    }
  }
}

/** Everything that follows without time passing. */
function settled(): Promise<void> {
  return new Promise((resolve) => realImmediate(resolve));
}
