/**
 * Accounts of epochs that the hub's tables let go, in a log of their own: DATA/ledger, one record for each.
 *
 *   u8 length of the device's name, the name in UTF-8, then CBOR:
 *   [epoch, closedUs, readings, firstUs, lastUs, known, [taken first, last ...], [[state, reason, sink, [first, last, since ...]] ...]]
 *
 * A record holds facts, and facts add up: the same epoch twice, after a crash or because the device came back to it, reads
 * as one account. A record is durable before any checkpoint without its epoch is, and no earlier than needed: until then
 * the log of the hub and the checkpoint before would give it again, so a disk is not made to sync for each. Bounded in
 * bytes: the oldest go.
 */
import { Log, type LogOptions } from '@weir/log';
import { SequenceSet } from '@weir/protocol';
import { WeirError } from '@weir/runtime';
import { Decoder, Encoder } from 'cbor-x';
import { z } from 'zod';
import { Account } from './account.js';
import { exceptionSchema, exceptionsFrom, exceptionTuples } from './account-tuples.js';

/** An account that no connection changes any more. */
export interface ClosedAccount {
  readonly epoch: number;
  /** UTC us. */
  readonly closedUs: number;
  /** Readings in the frames taken; 0 where that is not known. */
  readonly readings: number;
  /** UTC us of its earliest and latest reading, where its clock was known. */
  readonly firstUs: number | null;
  readonly lastUs: number | null;
  readonly taken: SequenceSet;
  readonly account: Account;
}

/** Where accounts go that the tables let go. */
export interface AccountArchive {
  /** False when it cannot be taken now. */
  append(device: string, account: ClosedAccount): boolean;
  /** Resolves when all that was appended is on disk; rejects while the disk does not take it. */
  flushed(): Promise<void>;
}

const nullableNumber = z.number().nullable();
const recordSchema = z.tuple([
  z.number(),
  z.number(),
  z.number(),
  nullableNumber,
  nullableNumber,
  z.number(),
  z.array(z.number()),
  z.array(exceptionSchema),
]);
const options = { useRecords: false, mapsAsObjects: true, int64AsNumber: true };
const encoder = new Encoder(options);
const decoder = new Decoder(options);
/** A read of the whole archive gives way to other work after each part of this size. */
const READ_BYTES = 256 * 2 ** 10;
const WAITING_MAX = 64;
/** Records in memory before they are handed to the log. */
const PENDING_BYTES = 256 * 2 ** 10;

export class LedgerArchive implements AccountArchive {
  readonly #log: Log;
  /** One reader at a time: reading costs memory by what there is of a device. */
  #turn: Promise<unknown> = Promise.resolve();
  #waiting = 0;
  /** Records that are not in the log yet. */
  #pending: Buffer[] = [];
  #pendingBytes = 0;

  private constructor(log: Log) {
    this.#log = log;
  }

  /** Throws `log.*`. */
  static async open(dir: string, options: LogOptions): Promise<LedgerArchive> {
    return new LedgerArchive(await Log.open(dir, options));
  }

  /** Were accounts dropped because the archive had grown to its bound? */
  get droppedBytes(): number {
    return this.#log.start;
  }

  append(device: string, closed: ClosedAccount): boolean {
    if (this.#pendingBytes >= PENDING_BYTES && this.#write() !== null) return false;
    const name = Buffer.from(device);
    const record = Buffer.concat([Uint8Array.of(name.length), name, encoder.encode(tupleOf(closed))]);
    this.#pending.push(record);
    this.#pendingBytes += record.length;
    return true;
  }

  /** Resolves when all that was appended is on disk, and drops what exceeds the bound. Throws while the disk does not take it. */
  async flushed(): Promise<void> {
    const fault = this.#write() ?? (this.#log.pendingBytes > 0 ? this.#log.error : null);
    if (fault !== null) throw fault;
    await this.#log.flushed();
    await this.#log.enforceRetention();
  }

  /** All accounts of a device, in the order in which they were closed. Rejects with `hub.busy` when too many ask. */
  async read(device: string): Promise<ClosedAccount[]> {
    if (this.#waiting >= WAITING_MAX) {
      const message = `${WAITING_MAX} questions to the ledger wait already`;
      throw new WeirError('hub.busy', message, { retryable: true, details: { limit: WAITING_MAX } });
    }
    this.#waiting++;
    const reading = this.#turn.then(() => this.#read(Buffer.from(device)));
    this.#turn = reading.catch(() => undefined);
    try {
      return await reading;
    } finally {
      this.#waiting--;
    }
  }

  close(): Promise<void> {
    this.#write();
    return this.#log.close();
  }

  /** Hands what is pending to the log. Returns why it does not take it all now. */
  #write(): WeirError | null {
    let written = 0;
    try {
      for (; written < this.#pending.length; written++)
        this.#log.append(this.#pending[written] ?? new Uint8Array());
      return null;
    } catch (error) {
      return WeirError.from(error);
    } finally {
      this.#pending = this.#pending.slice(written);
      this.#pendingBytes = this.#pending.reduce((sum, { length }) => sum + length, 0);
    }
  }

  async #read(name: Buffer): Promise<ClosedAccount[]> {
    if (this.#write() === null && this.#log.state === 'ok') await this.#log.flushed();
    const accounts: ClosedAccount[] = [];
    const end = this.#log.durable;
    for (let at = this.#log.start; at < end;) {
      const { records, next } = await this.#log.read(at, READ_BYTES);
      for (const { data } of records) takeIfOf(name, data, accounts);
      if (next <= at) break;
      at = next;
    }
    for (const record of this.#pending) takeIfOf(name, record, accounts);
    return accounts;
  }
}

function takeIfOf(name: Buffer, record: Uint8Array, accounts: ClosedAccount[]): void {
  const body = 1 + (record[0] ?? 0);
  if (name.equals(record.subarray(1, body))) accounts.push(closedFrom(record.subarray(body)));
}

function tupleOf(closed: ClosedAccount): z.output<typeof recordSchema> {
  const { epoch, closedUs, readings, firstUs, lastUs, taken, account } = closed;
  const exceptions = exceptionTuples(account.exceptions);
  return [epoch, closedUs, readings, firstUs, lastUs, account.known, taken.ranges().flat(), exceptions];
}

function closedFrom(bytes: Uint8Array): ClosedAccount {
  const [epoch, closedUs, readings, firstUs, lastUs, known, flat, exceptions] = recordSchema.parse(
    decoder.decode(bytes),
  );
  const taken = new SequenceSet();
  for (let i = 0; i + 1 < flat.length; i += 2) taken.add(flat[i] ?? 0, flat[i + 1] ?? 0);
  const account = new Account(epoch);
  account.known = known;
  account.exceptions = exceptionsFrom(exceptions);
  return { epoch, closedUs, readings, firstUs, lastUs, taken, account };
}
