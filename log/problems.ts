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
  readonly reason: ProblemReason;
}

/**
 * torn tail: what a crash left of records that were never confirmed; cut off. bad record: bytes amid the records that
 * are none. missing bytes: the file ends before them, or is gone. bad header: of a file whose records can be read all the
 * same. lost end: the medium has not kept the newest records.
 */
export type ProblemReason = 'torn tail' | 'bad record' | 'missing bytes' | 'bad header' | 'lost end';

/** How readers call what they pass over. */
export type DamageReason = 'damaged' | 'missing';

const REASONS: Record<DamageReason, ProblemReason> = { damaged: 'bad record', missing: 'missing bytes' };

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

  /** The first thousand; the logger hears of every one. */
  get all(): readonly Problem[] {
    return this.#problems;
  }

  /** A range of a segment that holds no records though it should. */
  addDamage(segment: Segment, from: number, to: number, reason: DamageReason): void {
    const position = positionOf(segment.base, from);
    if (this.#ranges.size < PROBLEMS_MAX) this.#ranges.set(from, { to, reason });
    this.add({ file: segment.path, position, offset: from, length: to - from, reason: REASONS[reason] });
  }

  /** The known damage that an offset lies in. */
  damageAt(offset: number): { readonly to: number; readonly reason: DamageReason } | undefined {
    const begun = this.#ranges.get(offset);
    if (begun !== undefined) return begun;
    for (const [from, range] of this.#ranges) if (from < offset && offset < range.to) return range;
    return undefined;
  }

  add(problem: Problem): void {
    const key = `${problem.offset} ${problem.length} ${problem.reason}`;
    if (this.#seen.has(key)) return;
    const { file, position, offset, length, reason } = problem;
    const level = reason === 'torn tail' ? 'warn' : 'error';
    this.#logger[level](
      { problem },
      `${file}: ${reason} at byte ${position} (offset ${offset}, ${length} bytes)`,
    );
    if (this.#problems.length >= PROBLEMS_MAX) return;
    this.#seen.add(key);
    this.#problems.push(problem);
  }
}
