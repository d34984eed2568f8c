import { silentLogger } from '@weir/runtime';
import type { Logger } from '@weir/runtime';
import { positionOf } from './segment.js';
import type { Segment } from './segment.js';

/** Damage found in a log's files. */
export interface Problem {
  readonly file: string;
  /** Position in the file, bytes. */
  readonly position: number;
  /** Offset in the log at which it begins, and its length in bytes. */
  readonly offset: number;
  readonly length: number;
  readonly reason: string;
}

/** Bytes that are not what was written, or that are no longer in the file. */
export type DamageReason = 'damaged' | 'missing';

const TELLING: Record<DamageReason, string> = {
  damaged: 'no valid record here',
  missing: 'the file ends before these bytes',
};

const PROBLEMS_MAX = 1_000;

/** The damage found so far, each place once, and each told to the operator. */
export class ProblemList {
  readonly #logger: Logger;
  readonly #seen = new Set<string>();
  readonly #problems: Problem[] = [];
  readonly #ranges = new Map<number, { to: number; reason: DamageReason }>();

  constructor(logger: Logger = silentLogger) {
    this.#logger = logger;
  }

  /** The first thousand; the logger hears of all. */
  get all(): readonly Problem[] {
    return this.#problems;
  }

  /** A range of a segment that holds no records though it should. */
  addDamage(segment: Segment, from: number, to: number, reason: DamageReason): void {
    const position = positionOf(segment.base, from);
    this.#ranges.set(from, { to, reason });
    this.add({ file: segment.path, position, offset: from, length: to - from, reason: TELLING[reason] });
  }

  /** The known damage that begins at an offset. */
  damageAt(offset: number): { readonly to: number; readonly reason: DamageReason } | undefined {
    return this.#ranges.get(offset);
  }

  add(problem: Problem): void {
    const key = `${problem.offset} ${problem.length} ${problem.reason}`;
    if (this.#seen.has(key)) return;
    this.#logger.error({ problem }, `damaged log: ${problem.file} at ${problem.position}: ${problem.reason}`);
    if (this.#problems.length >= PROBLEMS_MAX) return;
    this.#seen.add(key);
    this.#problems.push(problem);
  }
}
