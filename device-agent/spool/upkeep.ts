/**
 * Keeps the spool's disk small, one step at a time and never two at once:
 *
 *   release   segments whose frames are all settled go
 *   bytes     over `maxBytes`: the oldest segment goes, and gap frames tell what was unsettled in it
 *   age       the same for a segment whose frames are all older than `maxAgeMs`
 *   damage    frames that can no longer be read are told as lost
 *
 * What a segment's end takes with it is told first and on disk before the segment goes.
 */
import type { Log } from '@weir/log';
import { GapReason, SequenceSet, type SequenceRange } from '@weir/protocol';
import { WeirError, type Logger, type Timers } from '@weir/runtime';
import type { Epoch } from './epoch.js';
import type { EpochTable } from './epoch-table.js';
import type { Ledger } from './ledger.js';
import type { OffsetIndex } from './offset-index.js';
import type { Placements } from './placements.js';
import { decodeSpoolRecord } from './record.js';
import { readableFrames } from './scan.js';
import type { SpoolDisk } from './spool-disk.js';
import type { StoredFrame } from './stored-frame.js';
import type { Tail } from './tail.js';

export interface UpkeepParts {
  readonly log: Log;
  readonly index: OffsetIndex;
  readonly placements: Placements;
  readonly epochs: EpochTable;
  readonly tail: Tail;
  readonly disk: SpoolDisk;
  readonly ledger: Ledger;
  readonly timers: Timers;
  readonly logger: Logger;
  readonly maxBytes: number;
  readonly segmentBytes: number;
  /** Whether a frame of an epoch, taken at this monotonic time of its boot, is older than the policy keeps. */
  readonly isTooOld: (epoch: Epoch, takenUs: number) => boolean;
}

const UPKEEP_MS = 250;

export class Upkeep {
  readonly #parts: UpkeepParts;
  #cancel: (() => void) | null = null;
  #running: Promise<void> | null = null;
  #again = false;
  #recount = false;
  #stopped = false;

  constructor(parts: UpkeepParts) {
    this.#parts = parts;
  }

  /** Something has changed; a run follows before long. */
  soon(): void {
    if (this.#stopped || this.#cancel !== null) return;
    this.#cancel = this.#parts.timers.after(UPKEEP_MS, () => {
      this.#cancel = null;
      this.#start();
    });
  }

  /** Frames may have become unreadable. */
  damaged(): void {
    this.#recount = true;
    this.soon();
  }

  /** Begins no more; resolves when a run that is under way is over. */
  async stop(): Promise<void> {
    this.#stopped = true;
    this.#cancel?.();
    await this.#running;
  }

  #start(): void {
    if (this.#running !== null) {
      this.#again = true;
      return;
    }
    this.#running = this.#run()
      .catch((error: unknown) => {
        const failure = WeirError.from(error);
        if (failure.code !== 'log.closed')
          this.#parts.logger.error({ err: error }, 'upkeep of the spool failed');
      })
      .finally(() => {
        this.#running = null;
        if (this.#again) this.soon();
        this.#again = false;
      });
  }

  async #run(): Promise<void> {
    const { log, index, maxBytes, isTooOld } = this.#parts;
    if (this.#recount) await this.#countReadable();
    await this.#release();
    while (log.end - log.start > maxBytes && !this.#stopped)
      if (!(await this.#dropOldest(GapReason.spoolBytes, Infinity))) break;
    for (;;) {
      const expired = index.expiredBefore(isTooOld);
      if (expired <= log.start || this.#stopped || !(await this.#dropOldest(GapReason.spoolAge, expired)))
        return;
    }
  }

  async #release(): Promise<void> {
    const { log, index, segmentBytes } = this.#parts;
    const low = Math.min(index.lowWater(log.durable), log.durable);
    if (low - log.start < segmentBytes) return;
    await this.#drop(low);
  }

  /** Gives the oldest segment up, if it ends at or before `limit`. False when it has to stay. */
  async #dropOldest(reason: GapReason, limit: number): Promise<boolean> {
    const { log, epochs, segmentBytes, ledger } = this.#parts;
    const start = log.start;
    for (let at = start; log.start === start;) {
      // A batch lies in one segment. It ends before its segment does only where that is damaged, or longer than usual.
      const batch = await log.read(at, segmentBytes);
      if (batch.next >= log.durable || batch.next > limit || log.state !== 'ok') return false;
      const frames = batch.records.flatMap(({ data }) => frameOf(data));
      ledger.lose(
        frames.filter((frame) => epochs.isPending(frame.epoch, frame.seq)),
        reason,
      );
      await this.#drop(batch.next);
      at = batch.next;
    }
    return true;
  }

  /** Lets go of the segments before `floor`, after what they hold and later frames need is on disk again. */
  async #drop(floor: number): Promise<void> {
    const { log, disk, index, placements, epochs } = this.#parts;
    if (log.state !== 'ok') return;
    disk.writeAll();
    disk.keep(floor);
    if (log.end > log.durable) await log.flushed();
    await log.dropBefore(floor);
    index.dropBefore(log.start);
    placements.dropBefore(log.start);
    disk.dropped();
    epochs.prune();
  }

  /** What was here before the count began and is not found by it is lost. */
  async #countReadable(): Promise<void> {
    this.#recount = false;
    const { log, logger, epochs, tail, ledger } = this.#parts;
    const { current } = epochs;
    const { last } = current;
    const inMemory = SequenceSet.from([...tail.all()].map(({ frame }) => [frame.seq, frame.seq] as const));
    const found = await readableFrames(log, logger);
    for (const epoch of epochs.all()) {
      let lost = epoch.pendingWithout(found.get(epoch.id) ?? new SequenceSet());
      if (epoch === current) lost = lost.flatMap((range) => without(inMemory, range, last));
      if (lost.length > 0) ledger.loseDamaged(epoch, lost);
    }
  }
}

function without(set: SequenceSet, [first, last]: SequenceRange, end: number): SequenceRange[] {
  return set.missing(first, Math.min(last, end));
}

function frameOf(data: Uint8Array): StoredFrame[] {
  try {
    const record = decodeSpoolRecord(data);
    return record.kind === 'frame' ? [record.frame] : [];
  } catch {
    return [];
  }
}
