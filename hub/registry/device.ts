import type { GapReason, SequenceRange } from '@weir/protocol';
import type { ClockSourceName } from '../ingest/record.js';
import { Account } from '../ledger/account.js';
import { Backlog } from './backlog.js';
import { ConnectionHistory } from './connection-history.js';
import { EpochEntry } from './epoch.js';
import { RejectTally } from './reject-tally.js';
import { Remembered } from './remembered.js';
import type { Series } from './series.js';

/** A device's live connection, as its session keeps it. */
export interface Connection {
  readonly sinceUs: number;
  readonly remote: string;
  clock: { readonly source: ClockSourceName; readonly uncertaintyUs: number } | null;
  /** UTC us at which it sent a clock anchor that the hub's clock contradicts; null when it did not. */
  implausibleClockUs: number | null;
}

/** What a device dropped last, by its own account. */
export interface ReportedLoss {
  readonly atUs: number;
  readonly reason: GapReason;
  readonly lost: SequenceRange;
}

export class DeviceEntry {
  readonly id: number;
  readonly name: string;
  readonly series = new Map<string, Series>();
  /** In the order of first sight. */
  readonly epochs = new Map<number, EpochEntry>();
  /** By epoch, where not all is simply stored; also of epochs that are not in `epochs`. */
  readonly accounts = new Map<number, Account>();
  agent: string | null = null;
  remote: string | null = null;
  connection: Connection | null = null;
  /** UTC us at which a frame of it was last taken, whatever it held. */
  lastSeenUs: number | null = null;
  /** The same for readings, and for frames over HTTP; null since the hub's start. */
  lastReadingUs: number | null = null;
  postedUs: number | null = null;
  /** Monotonic us at which it last asked for commands over HTTP; null since the hub's start. */
  polledUs: number | null = null;
  readings = 0;
  rejected = 0;
  /** Sequences that the device reported as dropped. */
  lost = 0;
  lastLoss: ReportedLoss | null = null;
  /** Of its last hello; stays when the connection goes, for what it counts is still on the device. */
  backlog = new Backlog();
  readonly history = new ConnectionHistory();
  readonly rejects = new RejectTally();

  readonly #remembered: Remembered;
  #holes = 0;

  /** `remembered` counts what all devices of the hub have. */
  constructor(id: number, name: string, remembered = new Remembered()) {
    this.id = id;
    this.name = name;
    this.#remembered = remembered;
  }

  epoch(epoch: number): EpochEntry {
    let entry = this.epochs.get(epoch);
    if (entry === undefined) {
      entry = new EpochEntry(epoch);
      this.epochs.set(epoch, entry);
      this.#remembered.epochs++;
    }
    return entry;
  }

  /** Sequences of one of its epochs are taken now. */
  saw(entry: EpochEntry, first: number, last: number): void {
    const before = entry.holes;
    entry.seen.add(first, last);
    const opened = entry.holes - before;
    this.#holes += opened;
    this.#remembered.holes += opened;
  }

  /** Whether a frame may be taken as far as its sequence goes: there is a bound to the holes that are remembered. */
  hasRoomFor(entry: EpochEntry, seq: number): boolean {
    return this.#remembered.hasRoomForHole(this.#holes) || !entry.opensHole(seq);
  }

  account(epoch: number): Account {
    let account = this.accounts.get(epoch);
    if (account === undefined) {
      this.accounts.set(epoch, (account = new Account(epoch)));
      this.#remembered.epochs++;
    }
    return account;
  }

  /** Of an epoch of which all is stored, or told elsewhere. */
  dropAccount(epoch: number): void {
    if (this.accounts.delete(epoch)) this.#remembered.epochs--;
  }

  /**
   * Old epochs that the device does not hold any more: it has nothing left of them to send again. A few are left out, for
   * a spool restored from a copy. So too for accounts of epochs that are only known by what was lost of them.
   */
  formerEpochs(held: ReadonlySet<number>): number[] {
    const taken = [...this.epochs.values()].filter(
      ({ epoch, inFlight, target }) =>
        !held.has(epoch) && inFlight.length === 0 && target === null && !this.accounts.get(epoch)?.claim,
    );
    const others = [...this.accounts.values()].filter(
      ({ epoch, claim }) => claim === null && !held.has(epoch) && !this.epochs.has(epoch),
    );
    const older = (epochs: readonly { readonly epoch: number }[]): number[] =>
      epochs.slice(0, -this.#remembered.formerEpochs).map(({ epoch }) => epoch);
    return [...older(taken), ...older(others)];
  }

  /** Forgets an epoch. */
  forget(epoch: number): void {
    this.dropAccount(epoch);
    const entry = this.epochs.get(epoch);
    if (entry === undefined) return;
    this.epochs.delete(epoch);
    this.#holes -= entry.holes;
    this.#remembered.epochs--;
    this.#remembered.holes -= entry.holes;
  }

  /** Shortest expected time between readings of any channel, ms; null when no channel has one. */
  get intervalMs(): number | null {
    let shortest: number | null = null;
    for (const { intervalMs } of this.series.values()) {
      if (intervalMs !== null && (shortest === null || intervalMs < shortest)) shortest = intervalMs;
    }
    return shortest;
  }
}
