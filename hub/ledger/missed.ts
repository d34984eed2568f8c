/**
 * What the hub's log drops before a store has read it.
 *
 *   about to be dropped   [from ─────────────── to)
 *   stores' cursors            ▲ influx            ▲ duckdb
 *   read, and into the ledger  [influx missed ────)
 *
 * The log is read then alone: while all stores keep up, retention costs nothing. What is missed is on disk in the log, as
 * records of their own, before the files go. A store that has a batch in hand at that moment may store it still: then the
 * ledger says too much, never too little.
 */
import type { ExpiringRange, Log } from '@weir/log';
import { SequenceSet } from '@weir/protocol';
import { messageOf, type Clock, type Logger } from '@weir/runtime';
import type { Ingest } from '../ingest/ingest.js';
import { RecordKind, RecordReader } from '../ingest/record.js';
import type { Registry } from '../registry/registry.js';
import type { Policy } from './account.js';

/** A store, as far as its place in the log goes; 0 while that is not known. */
export interface StorePlace {
  readonly name: string;
  readonly cursor: number;
}

export interface MissedParts {
  readonly log: Log;
  readonly registry: Registry;
  readonly ingest: Ingest;
  readonly clock: Clock;
  readonly logger: Logger;
}

/** Small enough to give way to other work. */
const READ_BYTES = 256 * 2 ** 10;
/** Ranges in one record. */
const RANGES_MAX = 4_096;
const POLICIES: Readonly<Record<ExpiringRange['policy'], Policy>> = {
  bytes: 'hub_log_bytes',
  age: 'hub_log_age',
};

export class MissedRecords {
  readonly #parts: MissedParts;
  #stores: () => readonly StorePlace[] = () => [];

  constructor(parts: MissedParts) {
    this.#parts = parts;
  }

  /** From here on these stores are waited for; more exactly, what they miss is written down. */
  follow(stores: () => readonly StorePlace[]): void {
    this.#stores = stores;
  }

  /** Where each store is now, or was last when it could tell. The tables remember it, for a store that cannot be opened. */
  places(): StorePlace[] {
    const { storeCursors } = this.#parts.registry;
    return this.#stores().map(({ name, cursor }) => {
      if (cursor > 0) storeCursors.set(name, cursor);
      return { name, cursor: storeCursors.get(name) ?? 0 };
    });
  }

  /** Resolves when all that stores miss of a range is on disk in the ledger, so that the range may be dropped. */
  async writeDown({ from, to, policy }: ExpiringRange): Promise<void> {
    const { log, logger } = this.#parts;
    const behind = this.places().filter(({ cursor }) => cursor < to);
    if (behind.length === 0) return;
    const missed = new Map(behind.map(({ name }) => [name, new MissedFrames(POLICIES[policy])]));
    const start = Math.max(from, Math.min(...behind.map(({ cursor }) => cursor)));
    for (let at = start; at < to;) {
      const batch = await log.read(at, Math.min(READ_BYTES, to - at));
      this.#take(batch.records, to, missed);
      if (batch.next <= at) break;
      at = batch.next;
    }
    for (const [name, frames] of missed) this.#write(name, frames);
    await log.flushed();
    const stores = behind.map(({ name }) => name);
    logger.warn(
      { from: start, to, stores },
      'records are dropped that stores have not read; the ledger has them',
    );
  }

  /** A store may have got further while the log was read. */
  #take(
    records: readonly { readonly offset: number; readonly data: Uint8Array }[],
    to: number,
    missed: ReadonlyMap<string, MissedFrames>,
  ): void {
    const places = this.places();
    for (const { offset, data } of records) {
      if (offset >= to) return;
      const behind = places.filter(({ name, cursor }) => cursor <= offset && missed.has(name));
      if (behind.length === 0) continue;
      const frames = this.#framesOf(offset, data);
      if (frames === null) continue;
      for (const { name } of behind) {
        const all = missed.get(name);
        all?.add(...frames);
        if (all !== undefined && all.size >= RANGES_MAX) this.#write(name, all);
      }
    }
  }

  /** Device, epoch, first and last sequence of a record of readings; null for others, which stores do not want. */
  #framesOf(offset: number, data: Uint8Array): [number, number, number, number] | null {
    try {
      const record = new RecordReader(data);
      if (record.kind !== RecordKind.readings) return null;
      let frames = 0;
      while (record.next()) frames++;
      return frames === 0 ? null : [record.device, record.epoch, record.seq - frames + 1, record.seq];
    } catch (error) {
      this.#parts.logger.error(
        { offset, reason: messageOf(error) },
        'a record of the log cannot be understood',
      );
      return null;
    }
  }

  #write(sink: string, frames: MissedFrames): void {
    const ranges = frames.takeAll();
    const { ingest, clock } = this.#parts;
    for (let at = 0; at < ranges.length; at += RANGES_MAX) {
      ingest.noteMissed(
        { sink, policy: frames.policy, ranges: ranges.slice(at, at + RANGES_MAX) },
        clock.utcUs(),
      );
    }
  }
}

/** Frames by device and epoch, as ranges. */
class MissedFrames {
  readonly policy: Policy;
  #sets = new Map<string, { device: number; epoch: number; seqs: SequenceSet }>();
  #size = 0;

  constructor(policy: Policy) {
    this.policy = policy;
  }

  /** Ranges, about. */
  get size(): number {
    return this.#size;
  }

  add(device: number, epoch: number, first: number, last: number): void {
    const key = `${device} ${epoch}`;
    let entry = this.#sets.get(key);
    if (entry === undefined) this.#sets.set(key, (entry = { device, epoch, seqs: new SequenceSet() }));
    const before = entry.seqs.size;
    entry.seqs.add(first, last);
    this.#size += entry.seqs.size - before;
  }

  takeAll(): [number, number, number, number][] {
    const all = [...this.#sets.values()].flatMap(({ device, epoch, seqs }) =>
      seqs.ranges().map(([first, last]): [number, number, number, number] => [device, epoch, first, last]),
    );
    this.#sets = new Map();
    this.#size = 0;
    return all;
  }
}
