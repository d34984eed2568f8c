/** Takes what is lost, refused or missed out of what is stored, as the records of the log tell it, and tells who wants to know. */
import { registeredCode, SequenceSet, type Gap, type Reject, type SequenceRange } from '@weir/protocol';
import type { HubRecord } from '../ingest/record.js';
import type { DeviceEntry } from '../registry/device.js';
import { Account, NOT_HELD, policyOf, type Cause } from './account.js';
import type { AccountArchive, ClosedAccount } from './archive.js';
import { applyClaims, closeClaims } from './claims.js';
import { decodeHeld, decodeMissed } from './ledger-records.js';

/** Ranges of one epoch that were found to be lost, or refused, at one time. */
export interface Loss extends Cause {
  readonly device: string;
  readonly epoch: number;
  readonly ranges: readonly SequenceRange[];
  /** UTC us. */
  readonly atUs: number;
}

export type LossListener = (loss: Loss) => void;

/** An account with more ranges is continued in the archive: what it holds in memory is bounded. */
const RANGES_MAX = 1_024;
/** Accounts of epochs that are known by their losses alone. */
const OTHERS_MAX = 1_024;

export class Losses {
  archive: AccountArchive;
  readonly #listeners = new Set<LossListener>();

  constructor(archive: AccountArchive) {
    this.archive = archive;
  }

  onLoss(listener: LossListener): () => void {
    this.#listeners.add(listener);
    return () => this.#listeners.delete(listener);
  }

  rejected(device: DeviceEntry, epoch: number, seq: number, { code }: Reject, atUs: number): void {
    const cause: Cause = { state: 'rejected', reason: registeredCode(code), sink: null };
    this.#except(device, epoch, cause, [seq, seq], atUs);
  }

  /** `gap` names its epochs by id. */
  gap(device: DeviceEntry, { lostEpoch, lost, reason }: Gap, atUs: number): void {
    this.#except(device, lostEpoch, { state: 'expired', reason: policyOf(reason), sink: null }, lost, atUs);
  }

  held(device: DeviceEntry, { frame, receivedUs }: HubRecord): void {
    applyClaims(device, decodeHeld(frame), receivedUs, (epoch, ranges) =>
      this.#tell({ ...NOT_HELD, device: device.name, epoch, ranges, atUs: receivedUs }),
    );
  }

  missed({ frame, receivedUs }: HubRecord, deviceById: (id: number) => DeviceEntry | undefined): void {
    const { sink, policy, ranges } = decodeMissed(frame);
    for (const [id, epoch, first, last] of ranges) {
      const device = deviceById(id);
      if (device === undefined) continue;
      this.#except(device, epoch, { state: 'expired', reason: policy, sink }, [first, last], receivedUs);
    }
  }

  /** Damage took the records of these frames out of the log. */
  damaged(device: DeviceEntry, epoch: number, range: SequenceRange, atUs: number): void {
    this.#except(device, epoch, { state: 'expired', reason: 'hub_log_damaged', sink: null }, range, atUs);
  }

  /** Lets an epoch go, its account to the archive. False when that cannot take it now. */
  close(device: DeviceEntry, epoch: number, atUs: number): boolean {
    closeClaims(device, epoch, atUs);
    const closed = closedAccount(device, epoch, atUs);
    const empty = closed.taken.size === 0 && closed.account.exceptions.length === 0;
    if (!empty && !this.archive.append(device.name, closed)) return false;
    device.forget(epoch);
    return true;
  }

  #except(device: DeviceEntry, epoch: number, cause: Cause, range: SequenceRange, atUs: number): void {
    const account = device.account(epoch);
    const ranges = account.except(cause, range, atUs);
    if (ranges.length > 0) this.#tell({ ...cause, device: device.name, epoch, ranges, atUs });
    if (account.size > RANGES_MAX) this.#continueInArchive(device, account, atUs);
    if (device.accounts.size - device.epochs.size > OTHERS_MAX) this.#closeOthers(device, atUs);
  }

  /** What it has so far stays true, wherever it is kept. */
  #continueInArchive(device: DeviceEntry, account: Account, atUs: number): void {
    const part: ClosedAccount = { ...UNKNOWN, epoch: account.epoch, closedUs: atUs, account };
    if (this.archive.append(device.name, part)) account.exceptions = [];
  }

  #closeOthers(device: DeviceEntry, atUs: number): void {
    for (const { epoch, claim } of [...device.accounts.values()])
      if (claim === null && !device.epochs.has(epoch) && !this.close(device, epoch, atUs)) return;
  }

  #tell(loss: Loss): void {
    for (const listener of this.#listeners) listener(loss);
  }
}

const UNKNOWN = { readings: 0, firstUs: null, lastUs: null, taken: new SequenceSet() };

function closedAccount(device: DeviceEntry, epoch: number, closedUs: number): ClosedAccount {
  const account = device.accounts.get(epoch) ?? new Account(epoch);
  const entry = device.epochs.get(epoch);
  if (entry === undefined) return { ...UNKNOWN, epoch, closedUs, account };
  const { readings, firstUs, lastUs, seen: taken } = entry;
  return { epoch, closedUs, readings, firstUs, lastUs, taken, account };
}
