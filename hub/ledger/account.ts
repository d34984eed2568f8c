/**
 * What became of the frames of one epoch, as far as it is not simply stored: that needs no account.
 *
 *   rejected   refused for good, by the code of the reject
 *   expired    given up: by the device, which said so in a gap; at the device, which no longer holds what the hub never
 *              got; by the hub's log, damaged or dropped before a store had read it, which is then named
 *   claim      what the device said last that it holds
 *
 * What is on the hub's disk is stored whatever else was said of it: a frame given up by the device may still arrive.
 */
import type { GapReason, SequenceRange } from '@weir/protocol';
import { DatedRanges } from './dated-ranges.js';

/** Policies by which frames expire. */
export const POLICIES = {
  spool_bytes: 'The spool of the device was full; it dropped the oldest',
  spool_age: 'Older than the device keeps; it dropped them',
  spool_damaged: 'The spool of the device was damaged there',
  not_held:
    'The device neither holds them nor told why: lost before they were on its disk, or sent to another hub',
  hub_log_damaged: "The hub's log was damaged where they were; a store that had read them before has them",
  hub_log_bytes:
    "The hub's log was full (log.retention.bytes) and dropped them before the store had read them",
  hub_log_age: "The hub's log dropped them at their age (log.retention.age) before the store had read them",
} as const;
export type Policy = keyof typeof POLICIES;

const GAP_POLICIES: Readonly<Record<GapReason, Policy>> = {
  1: 'spool_bytes',
  2: 'spool_age',
  3: 'spool_damaged',
};

export function policyOf(reason: GapReason): Policy {
  return GAP_POLICIES[reason];
}

/** Why a range is not stored. */
export interface Cause {
  readonly state: 'rejected' | 'expired';
  /** A policy, or the name of an error code of the protocol. */
  readonly reason: string;
  /** The store that does not have it; null where no store has. */
  readonly sink: string | null;
}

/** Ranges with one cause. */
export interface Exception extends Cause {
  readonly ranges: DatedRanges;
}

export class Account {
  readonly epoch: number;
  /** The greatest sequence that was heard of without being taken: claimed, or told of as lost. */
  known = 0;
  claim: SequenceRange | null = null;
  exceptions: Exception[] = [];

  constructor(epoch: number) {
    this.epoch = epoch;
  }

  /** How many ranges it takes. */
  get size(): number {
    return this.exceptions.reduce((sum, { ranges }) => sum + ranges.size, 0);
  }

  /** Ranges with a cause, which are none yet where there were none. */
  of(cause: Cause): DatedRanges {
    const { state, reason, sink } = cause;
    const known = this.#find(cause);
    if (known !== undefined) return known.ranges;
    const ranges = new DatedRanges();
    this.exceptions.push({ state, reason, sink, ranges });
    return ranges;
  }

  /** Takes a range out of what is stored. Returns the parts that were not out already for the same cause. */
  except(cause: Cause, [first, last]: SequenceRange, sinceUs: number): SequenceRange[] {
    if (cause.sink === null) this.known = Math.max(this.known, last);
    return this.of(cause).add(first, last, sinceUs);
  }

  /** Puts other ranges in place of those with a cause. */
  replace(cause: Cause, ranges: DatedRanges): void {
    const others = this.exceptions.filter((each) => each !== this.#find(cause));
    this.exceptions = ranges.size === 0 ? others : [...others, { ...cause, ranges }];
  }

  /** What of `first` to `last` was not refused. */
  unrefused(first: number, last: number): SequenceRange[] {
    const refusals = this.exceptions.filter(({ state }) => state === 'rejected');
    return refusals.reduce<SequenceRange[]>(
      (open, { ranges }) => open.flatMap(([from, to]) => ranges.missing(from, to)),
      [[first, last]],
    );
  }

  /** The code that a sequence was refused with, as the ledger names it; null for one that was not. */
  refusalOf(seq: number): string | null {
    const refusal = this.exceptions.find(
      ({ state, ranges }) => state === 'rejected' && ranges.within(seq, seq).length > 0,
    );
    return refusal?.reason ?? null;
  }

  /** What of `first` to `last` no store has, for any cause. */
  uncovered(first: number, last: number, except?: Cause): SequenceRange[] {
    const covering = this.exceptions.filter(
      (each) => each.state === 'expired' && each.sink === null && each.reason !== except?.reason,
    );
    return covering.reduce<SequenceRange[]>(
      (open, { ranges }) => open.flatMap(([from, to]) => ranges.missing(from, to)),
      [[first, last]],
    );
  }

  #find({ state, reason, sink }: Cause): Exception | undefined {
    return this.exceptions.find(
      (each) => each.state === state && each.reason === reason && each.sink === sink,
    );
  }
}

export const NOT_HELD: Cause = { state: 'expired', reason: 'not_held' satisfies Policy, sink: null };
