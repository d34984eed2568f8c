/**
 * The account of an epoch drawn up: every sequence from 1 to the highest that the hub has heard of, in exactly one state.
 * Of an epoch of which it has no frame, just those that it was told of.
 *
 *   taken by the hub?  no ──► told of as lost ──► expired (policy)
 *         │             ├──► held by the device ──► pending
 *         │             ├──► no longer held ──► expired (policy)
 *         │             └──► else ──► pending, unaccounted for
 *        yes ──► not on disk yet ──► pending
 *         └────► on disk ──► refused ──► rejected (code)
 *                   ├──► dropped from the log before a store had it ──► expired (policy, stores)
 *                   └──► stored
 */
import { SequenceSet, type SequenceRange } from '@weir/protocol';
import type { Exception } from './account.js';

export const LEDGER_STATES = ['stored', 'pending', 'expired', 'rejected'] as const;
export type LedgerState = (typeof LEDGER_STATES)[number];

/**
 * Where what is pending is: `device`, which said that it holds it; `hub`, on its way to the disk; `unaccounted`: no frame
 * came and the device has said nothing of it yet. What it does not hold when it connects next has expired.
 */
export const WHEREABOUTS = ['device', 'hub', 'unaccounted'] as const;
export type Whereabouts = (typeof WHEREABOUTS)[number];

export interface LedgerRange {
  readonly first: number;
  readonly last: number;
  readonly state: LedgerState;
  /** Policy of `expired`, code of `rejected`. */
  readonly reason: string | null;
  /** Of `pending`. */
  readonly where: Whereabouts | null;
  /** Since when, UTC us; known for `expired` and `rejected`. */
  readonly sinceUs: number | null;
  /** Stores that do not have it, where others may; empty where it concerns all. */
  readonly sinks: readonly string[];
}

/** What is known of the frames of an epoch. */
export interface EpochFacts {
  readonly seen: SequenceSet;
  readonly settled: SequenceSet;
  readonly known: number;
  readonly claim: SequenceRange | null;
  readonly exceptions: readonly Exception[];
}

type Part = Omit<LedgerRange, 'first' | 'last'>;

const part = (state: LedgerState, more: Partial<Part> = {}): Part => ({
  state,
  ...{ reason: null, where: null, sinceUs: null, sinks: [] },
  ...more,
});

const STORED = part('stored');

/** The ranges of an epoch in order, without gap or overlap, neighbours differing. */
export function statementOf(facts: EpochFacts): LedgerRange[] {
  const { seen, settled, exceptions } = facts;
  const ranges: LedgerRange[] = [];
  const rejected = exceptions.filter(({ state }) => state === 'rejected');
  const missed = exceptions.filter(({ sink }) => sink !== null);
  for (const range of seen.missing(1, highest(facts))) ranges.push(...unseen(range, facts));
  for (const [first, last] of seen.ranges()) {
    for (const way of settled.missing(first, last))
      ranges.push(place(way, part('pending', { where: 'hub' })));
  }
  for (const range of settled.ranges()) {
    const kept = takeOut([range], rejected, ranges);
    ranges.push(...byStores(kept, missed));
  }
  return merged(ranges.sort((a, b) => a.first - b.first));
}

/** The highest sequence that the hub has heard of; 0 for none. */
export function highest({ seen, known, claim }: Pick<EpochFacts, 'seen' | 'known' | 'claim'>): number {
  return Math.max(seen.greatest, known, claim?.[1] ?? 0);
}

function unseen(range: SequenceRange, { seen, claim, exceptions }: EpochFacts): LedgerRange[] {
  const ranges: LedgerRange[] = [];
  const expired = exceptions.filter(({ state, sink }) => state === 'expired' && sink === null);
  const told = expired.filter(({ reason }) => reason.startsWith('spool_'));
  const found = expired.filter((each) => !told.includes(each)).sort((a, b) => (a.reason < b.reason ? -1 : 1));
  const left = takeOut([range], told, ranges);
  // What the device says it holds is worth more than what the hub found missing before it came back.
  const held = claim === null ? [] : left.flatMap((each) => overlap(each, claim));
  for (const each of held) ranges.push(place(each, part('pending', { where: 'device' })));
  const unheld = left.flatMap(([first, last]) => SequenceSet.from(held).missing(first, last));
  const open = takeOut(unheld, found, ranges);
  if (seen.size > 0)
    for (const each of open) ranges.push(place(each, part('pending', { where: 'unaccounted' })));
  return ranges;
}

function overlap([first, last]: SequenceRange, [from, to]: SequenceRange): SequenceRange[] {
  const [start, end] = [Math.max(first, from), Math.min(last, to)];
  return start > end ? [] : [[start, end]];
}

/** Puts what has one of the causes into `out` and returns the rest. */
function takeOut(
  from: readonly SequenceRange[],
  exceptions: readonly Exception[],
  out: LedgerRange[],
): SequenceRange[] {
  let left = [...from];
  for (const { state, reason, ranges } of exceptions) {
    for (const [first, last] of left)
      for (const each of ranges.within(first, last))
        out.push(place([each.first, each.last], part(state, { reason, sinceUs: each.sinceUs })));
    left = left.flatMap(([first, last]) => ranges.missing(first, last));
  }
  return left;
}

/** Stored, but for the stores that missed it. */
function byStores(kept: readonly SequenceRange[], missed: readonly Exception[]): LedgerRange[] {
  let ranges = kept.map((range) => place(range, STORED));
  for (const exception of missed) ranges = ranges.flatMap((range) => withoutStore(range, exception));
  return ranges;
}

function withoutStore(range: LedgerRange, { state, reason, sink, ranges }: Exception): LedgerRange[] {
  const rest = ranges.missing(range.first, range.last).map(([first, last]) => ({ ...range, first, last }));
  const gone = ranges.within(range.first, range.last).map(({ first, last, sinceUs }) => ({
    ...range,
    ...{ first, last, state, reason },
    sinceUs: Math.min(sinceUs, range.sinceUs ?? Infinity),
    sinks: [...range.sinks, sink ?? ''].sort(),
  }));
  return [...rest, ...gone];
}

function place([first, last]: SequenceRange, what: Part): LedgerRange {
  return { first, last, ...what };
}

/** Neighbours of one kind become one, as old as the older. */
function merged(sorted: readonly LedgerRange[]): LedgerRange[] {
  const ranges: LedgerRange[] = [];
  for (const next of sorted) {
    const before = ranges.at(-1);
    if (before === undefined || !alike(before, next)) ranges.push(next);
    else
      ranges[ranges.length - 1] = {
        ...before,
        last: next.last,
        sinceUs: older(before.sinceUs, next.sinceUs),
      };
  }
  return ranges;
}

function alike(a: LedgerRange, b: LedgerRange): boolean {
  return (
    a.last + 1 === b.first &&
    a.state === b.state &&
    a.reason === b.reason &&
    a.where === b.where &&
    a.sinks.join() === b.sinks.join()
  );
}

function older(a: number | null, b: number | null): number | null {
  return a === null || b === null ? null : Math.min(a, b);
}
