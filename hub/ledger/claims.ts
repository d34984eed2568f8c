/**
 * What a device said that it holds, against what the hub knows. A hello costs the ledger nothing while the hub has all that
 * it ever heard of; else the claims go into the log, so that the accounts after a crash are those before it.
 *
 *   open      heard of, not taken, not told of as lost
 *   claimed   open and held by the device: pending
 *   absent    open and not held: expired, `not_held`
 */
import { SequenceSet, type Hello, type SequenceRange } from '@weir/protocol';
import type { DeviceEntry } from '../registry/device.js';
import { NOT_HELD, type Account } from './account.js';
import { DatedRanges } from './dated-ranges.js';
import { highest } from './statement.js';

/** What a hello says, as far as it matters to the accounts. */
export interface Claims {
  /** False for a list so long that the device may hold more epochs than it listed. */
  readonly complete: boolean;
  /** Epochs with frames that the hub does not have. */
  readonly held: readonly (readonly [epoch: number, first: number, last: number])[];
}

/** Agents list so many epochs at most, and the others when these are done. */
const COMPLETE_EPOCHS_MAX = 511;

/** With more accounts than this, a list is taken for complete: what a device can make the hub remember has an end. */
const ACCOUNTS_MAX = 32_768;

/** The claims of a hello, or null where they change no account. */
export function claimsOf(device: DeviceEntry, { epochs }: Hello): Claims | null {
  const held: [number, number, number][] = [];
  for (const { epoch, held: range } of epochs) {
    if (range === null) continue;
    const [first, last] = range;
    const seen = device.epochs.get(epoch)?.seen;
    if (!seen?.contains(first, last)) held.push([epoch, first, last]);
  }
  const complete = epochs.length <= COMPLETE_EPOCHS_MAX || device.accounts.size > ACCOUNTS_MAX;
  const claims = { complete, held };
  for (const [epoch, claim] of judged(device, claims)) {
    const account = device.accounts.get(epoch);
    if (!same(account?.claim ?? null, claim)) return claims;
    if (!alike(absentOf(device, epoch, claim), account)) return claims;
  }
  return null;
}

/** Takes claims into the accounts, `atUs` being when they were made. Calls `lost` with what turned out to be lost. */
export function applyClaims(
  device: DeviceEntry,
  claims: Claims,
  atUs: number,
  lost: (epoch: number, ranges: readonly SequenceRange[]) => void,
): void {
  for (const [epoch, claim] of [...judged(device, claims)]) {
    const absent = absentOf(device, epoch, claim);
    if (claim === null && absent.length === 0 && !device.accounts.has(epoch)) continue;
    const account = device.account(epoch);
    account.claim = claim;
    account.known = Math.max(account.known, claim?.[1] ?? 0);
    const added = setAbsent(account, absent, atUs);
    if (added.length > 0) lost(epoch, added);
    if (claim === null && account.exceptions.length === 0) device.dropAccount(epoch);
  }
}

/** Nobody will ever bring what is open in an epoch: it is lost. */
export function closeClaims(device: DeviceEntry, epoch: number, atUs: number): void {
  const absent = absentOf(device, epoch, null);
  const account = device.accounts.get(epoch);
  if (account === undefined && absent.length === 0) return;
  const closing = account ?? device.account(epoch);
  closing.claim = null;
  setAbsent(closing, absent, atUs);
}

/** Each epoch that the claims say something of, and what they say. */
function* judged(device: DeviceEntry, { complete, held }: Claims): Iterable<[number, SequenceRange | null]> {
  const claimed = new Map(held.map(([epoch, first, last]) => [epoch, [first, last] as const]));
  if (complete) {
    for (const { epoch, seen } of device.epochs.values())
      if (!claimed.has(epoch) && !isWhole(seen) && !device.accounts.has(epoch)) yield [epoch, null];
    for (const epoch of device.accounts.keys()) if (!claimed.has(epoch)) yield [epoch, null];
  }
  yield* claimed;
}

/** Nothing is missing before its end: the usual case, and quickly told. */
function isWhole(seen: SequenceSet): boolean {
  return seen.size === 0 || (seen.size === 1 && seen.has(1));
}

/** What is open in an epoch and not claimed. */
function absentOf(device: DeviceEntry, epoch: number, claim: SequenceRange | null): SequenceRange[] {
  const account = device.accounts.get(epoch);
  const seen = device.epochs.get(epoch)?.seen ?? new SequenceSet();
  const high = highest({ seen, known: account?.known ?? 0, claim });
  return (seen.size === 0 ? told(account) : seen.missing(1, high))
    .flatMap(([first, last]) => account?.uncovered(first, last, NOT_HELD) ?? [[first, last] as const])
    .flatMap((range) => outside(range, claim));
}

/** Of an epoch of which no frame came, no more is known than what was said: this must have been there. */
function told(account: Account | undefined): SequenceRange[] {
  const absent = account?.exceptions.find(({ reason }) => reason === NOT_HELD.reason)?.ranges.all() ?? [];
  const ranges = absent.map(({ first, last }): SequenceRange => [first, last]);
  if (account?.claim) ranges.push(account.claim);
  return SequenceSet.from(ranges).ranges();
}

function outside([first, last]: SequenceRange, claim: SequenceRange | null): SequenceRange[] {
  if (claim === null || claim[0] > last || claim[1] < first) return [[first, last]];
  const parts: SequenceRange[] = [
    [first, claim[0] - 1],
    [claim[1] + 1, last],
  ];
  return parts.filter(([from, to]) => from <= to);
}

/** What was absent before keeps its date. Returns what was not. */
function setAbsent(account: Account, absent: readonly SequenceRange[], atUs: number): SequenceRange[] {
  const before = account.exceptions.find(
    ({ reason, sink }) => reason === NOT_HELD.reason && sink === null,
  )?.ranges;
  const now = new DatedRanges();
  const added: SequenceRange[] = [];
  for (const [first, last] of absent) {
    for (const each of before?.within(first, last) ?? []) now.add(each.first, each.last, each.sinceUs);
    added.push(...now.add(first, last, atUs));
  }
  account.replace(NOT_HELD, now);
  return added;
}

function same(a: SequenceRange | null, b: SequenceRange | null): boolean {
  return a === null || b === null ? a === b : a[0] === b[0] && a[1] === b[1];
}

/** Are these just the ranges that are known to be absent? */
function alike(absent: readonly SequenceRange[], account: Account | undefined): boolean {
  const known = account?.exceptions.find(({ reason }) => reason === NOT_HELD.reason)?.ranges;
  return absent.every(([first, last]) => known?.missing(first, last).length === 0);
}
