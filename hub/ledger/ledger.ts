/**
 * The loss ledger: what became of every frame of every epoch of every device.
 *
 *   registry: epochs that may still change ──┐
 *                                            ├──► accounts(device): ranges, each in one state
 *   archive: epochs that were let go ────────┘
 *
 * What is stored costs nothing: accounts keep exceptions. They follow from the log alone, as the tables do.
 */
import { SequenceSet } from '@weir/protocol';
import type { DeviceEntry } from '../registry/device.js';
import { Account, NOT_HELD } from './account.js';
import type { ClosedAccount, LedgerArchive } from './archive.js';
import { highest, statementOf, type LedgerRange, type LedgerState } from './statement.js';

/** The account of one epoch of a device. */
export interface EpochAccount {
  readonly epoch: number;
  /** UTC us at which the hub let it go; null while it may still change. */
  readonly closedUs: number | null;
  /** Readings in its frames taken. */
  readonly readings: number;
  /** UTC us of its earliest and latest reading, where its clock was known. */
  readonly firstUs: number | null;
  readonly lastUs: number | null;
  /** Every sequence from 1 to the highest heard of, in order. */
  readonly ranges: readonly LedgerRange[];
}

/** Facts of one epoch, from the tables, the archive or both. */
interface Gathered {
  closedUs: number | null;
  readings: number;
  firstUs: number | null;
  lastUs: number | null;
  readonly seen: SequenceSet;
  readonly settled: SequenceSet;
  readonly account: Account;
}

export class Ledger {
  readonly #archive: LedgerArchive;

  constructor(archive: LedgerArchive) {
    this.#archive = archive;
  }

  /** Bytes of accounts that the archive has dropped since the hub's first start, by its bound. */
  get droppedBytes(): number {
    return this.#archive.droppedBytes;
  }

  /** The accounts of a device, those first that were closed, in the order of closing. */
  async accounts(device: DeviceEntry): Promise<EpochAccount[]> {
    // What is let go while the archive is read is in here still.
    const epochs = [...device.epochs.values()];
    const open = [...device.accounts.values()];
    const gathered = new Map<number, Gathered>();
    for (const closed of await this.#archive.read(device.name)) addClosed(gathered, closed);
    for (const { epoch, seen, settled, readings, firstUs, lastUs } of epochs) {
      const facts = factsOf(gathered, epoch);
      addAll(facts.seen, seen);
      addAll(facts.settled, settled);
      widen(facts, { readings, firstUs, lastUs });
      facts.closedUs = null;
    }
    for (const account of open) {
      const facts = factsOf(gathered, account.epoch);
      facts.closedUs = null;
      addAccount(facts, account);
    }
    return [...gathered]
      .map(([epoch, facts]) => drawnUp(epoch, facts))
      .filter(({ ranges }) => ranges.length > 0);
  }
}

/** Frames by state, and of these by policy or code. */
export interface Totals extends Record<LedgerState, number> {
  readonly expired_by: Record<string, number>;
  readonly rejected_by: Record<string, number>;
}

export function totalsOf(accounts: readonly EpochAccount[]): Totals {
  const totals: Totals = { stored: 0, pending: 0, expired: 0, rejected: 0, expired_by: {}, rejected_by: {} };
  for (const { ranges } of accounts) {
    for (const { state, reason, first, last } of ranges) {
      const frames = last - first + 1;
      totals[state] += frames;
      if (reason === null) continue;
      const by = state === 'expired' ? totals.expired_by : totals.rejected_by;
      by[reason] = (by[reason] ?? 0) + frames;
    }
  }
  return totals;
}

function factsOf(gathered: Map<number, Gathered>, epoch: number): Gathered {
  let facts = gathered.get(epoch);
  if (facts === undefined) {
    const dates = { closedUs: null, readings: 0, firstUs: null, lastUs: null };
    facts = { ...dates, seen: new SequenceSet(), settled: new SequenceSet(), account: new Account(epoch) };
    gathered.set(epoch, facts);
  }
  return facts;
}

function addClosed(gathered: Map<number, Gathered>, closed: ClosedAccount): void {
  const facts = factsOf(gathered, closed.epoch);
  addAll(facts.seen, closed.taken);
  addAll(facts.settled, closed.taken);
  widen(facts, closed);
  facts.closedUs = Math.max(facts.closedUs ?? 0, closed.closedUs);
  addAccount(facts, closed.account);
}

function addAll(to: SequenceSet, from: SequenceSet): void {
  for (const [first, last] of from.ranges()) to.add(first, last);
}

/** The same epoch from two places was counted in both. */
function widen(
  facts: Gathered,
  { readings, firstUs, lastUs }: Pick<Gathered, 'readings' | 'firstUs' | 'lastUs'>,
): void {
  facts.readings = Math.max(facts.readings, readings);
  if (firstUs !== null) facts.firstUs = Math.min(facts.firstUs ?? Infinity, firstUs);
  if (lastUs !== null) facts.lastUs = Math.max(facts.lastUs ?? -Infinity, lastUs);
}

function addAccount({ account }: Gathered, { known, claim, exceptions }: Account): void {
  account.known = Math.max(account.known, known);
  account.claim = claim;
  for (const exception of exceptions)
    for (const { first, last, sinceUs } of exception.ranges.all())
      account.except(exception, [first, last], sinceUs);
}

function drawnUp(epoch: number, facts: Gathered): EpochAccount {
  const { closedUs, readings, firstUs, lastUs, seen, settled, account } = facts;
  // What is open in an epoch that was let go will not come any more.
  if (closedUs !== null) {
    const end = highest({ seen, known: account.known, claim: null });
    for (const range of seen.missing(1, end)) if (seen.size > 0) account.except(NOT_HELD, range, closedUs);
  }
  const { known, claim, exceptions } = account;
  const ranges = statementOf({ seen, settled, known, claim, exceptions });
  return { epoch, closedUs, readings, firstUs, lastUs, ranges };
}
