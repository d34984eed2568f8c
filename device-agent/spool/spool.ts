/**
 * # The spool
 * Keeps every sequenced frame until the hub has settled it.
 *
 *   Batcher ──► encode, (epoch, seq) ──► tail, in memory ──after commitDelayMs, if unsettled──► log on disk
 *                                          │ live lane                                            │ backlog lane
 *                                          └───────────────► link ◄───────────────────────────────┘
 *
 * One run is one epoch: a random id, sequences from 1. What earlier runs left is read at opening and sent as backlog.
 *
 * ## Invariants
 * - A frame leaves only when it is settled by the hub or lost; what is lost is told in a `gap` frame, which is kept like
 *   any other. Describe frames are never lost while readings need them.
 * - Memory is bounded: at `memoryBytes` the oldest frames that are not safe on disk are given up (disk full, or a spool in
 *   memory alone). Disk is bounded by `maxBytes` and `maxAgeMs`, by whole segments (upkeep.ts).
 * - A crash costs at most what arrived within the last commit delay and was not confirmed.
 */
import type { LogState, Problem } from '@weir/log';
import type { ClockAnchor, HeldEpoch } from '@weir/protocol';
import type { FrameStore, Lanes } from '../link/ports.js';
import { ageUs } from './age.js';
import type { Epoch } from './epoch.js';
import type { EpochTable } from './epoch-table.js';
import { SpoolLanes } from './lanes.js';
import { Ledger } from './ledger.js';
import type { OpenedLog, SpoolDeps, SpoolOptions } from './options.js';
import { relieveMemory } from './relief.js';
import { SpoolDisk } from './spool-disk.js';
import type { StoredFrame } from './stored-frame.js';
import { Tail, type TailFrame } from './tail.js';
import { Upkeep } from './upkeep.js';

/** Who hears of what happens in the spool. */
export interface SpoolObserver {
  appended(): void;
  settled(): void;
  /** A frame was given up. */
  lost(epoch: number, seq: number): void;
  /** The hub takes no readings of these channels of the current epoch. */
  refused(channels: readonly number[]): void;
}

export interface SpoolStatus {
  /** `memory`: configured so. `disk_full` and `failed`: on memory alone until the disk works again. */
  readonly state: LogState | 'memory';
  /** Frames that are neither settled nor lost. */
  readonly pendingFrames: number;
  readonly memoryBytes: number;
  readonly diskBytes: number;
  /** Handed to the file system in this run: what wears an SD card. */
  readonly bytesWritten: number;
  /** Frames that could no longer be read. */
  readonly framesDamaged: number;
  readonly problems: readonly Problem[];
}

/** At shutdown, an upkeep that waits for the disk is not waited for longer. */
const STOP_MS = 2_000;

export class Spool implements FrameStore {
  /** Where new frames go in. */
  readonly ledger: Ledger;
  readonly #options: SpoolOptions;
  readonly #deps: SpoolDeps;
  readonly #epochs: EpochTable;
  readonly #tail = new Tail();
  readonly #opened: OpenedLog | null;
  #disk: SpoolDisk | null = null;
  #upkeep: Upkeep | null = null;
  #lanes: SpoolLanes | null = null;
  #observer: SpoolObserver | null = null;
  #relieving = false;

  /** Use `openSpool`. */
  constructor(options: SpoolOptions, deps: SpoolDeps, epochs: EpochTable, opened: OpenedLog | null) {
    this.#options = options;
    this.#deps = deps;
    this.#epochs = epochs;
    this.#opened = opened;
    this.ledger = new Ledger({
      epochs,
      tail: this.#tail,
      clock: deps.clock,
      logger: deps.logger,
      appended: (frame) => this.#appended(frame),
      settled: () => this.#settled(),
      lost: (epoch, seq) => this.#observer?.lost(epoch, seq),
    });
    if (opened !== null) this.#attachDisk(opened);
  }

  #attachDisk(opened: OpenedLog): void {
    const { clock, timers, logger } = this.#deps;
    const { commitDelayMs, maxBytes } = this.#options;
    const shared = { ...opened, epochs: this.#epochs, tail: this.#tail, clock, timers, logger };
    const disk = new SpoolDisk({ ...shared, commitDelayMs, durable: (held) => this.#onDurable(held) });
    const isTooOld = (epoch: Epoch, takenUs: number): boolean => this.#isTooOld(epoch, takenUs);
    this.#disk = disk;
    this.#upkeep = new Upkeep({ ...shared, disk, ledger: this.ledger, maxBytes, isTooOld });
    this.#upkeep.soon();
  }

  /** Frames that are neither settled nor lost. */
  get pending(): number {
    return this.#epochs.pending;
  }

  get status(): SpoolStatus {
    const log = this.#opened?.log;
    return {
      state: log?.state ?? (this.#options.dir === null ? 'memory' : 'failed'),
      pendingFrames: this.pending,
      memoryBytes: this.#tail.bytes,
      diskBytes: log === undefined ? 0 : log.end - log.start,
      bytesWritten: log?.bytesWritten ?? 0,
      framesDamaged: this.ledger.framesDamaged,
      problems: log?.problems ?? [],
    };
  }

  observe(observer: SpoolObserver): void {
    this.#observer = observer;
  }

  heldEpochs(): HeldEpoch[] {
    return this.#epochs.held();
  }

  describes(epoch: number): readonly StoredFrame[] {
    return this.#epochs.get(epoch)?.describes() ?? NO_FRAMES;
  }

  settle(epoch: number, first: number, last: number): void {
    this.ledger.settle(epoch, first, last);
  }

  refuse(epoch: number, seq: number): void {
    const entry = this.#epochs.get(epoch);
    const channels = entry?.refuse(seq) ?? [];
    if (entry === undefined || channels.length === 0) return;
    this.#disk?.noteRefusals(entry);
    if (entry === this.#epochs.current) this.#observer?.refused(channels);
  }

  refusedChannels(epoch: number): ReadonlySet<number> {
    return this.#epochs.get(epoch)?.refused ?? NO_CHANNELS;
  }

  reconcile(epoch: number): void {
    const entry = this.#epochs.get(epoch);
    if (entry?.damaged !== true) return;
    const holes = entry.holes();
    entry.damaged = false;
    if (holes.length > 0) this.ledger.loseDamaged(entry, holes);
  }

  anchored(anchor: ClockAnchor): void {
    const { boot } = this.#epochs.current;
    if (boot === null) return;
    this.#epochs.setAnchor(boot, anchor);
    this.#disk?.anchored();
  }

  openLanes(ready: () => void): Lanes {
    this.#lanes?.close();
    const opened = this.#opened;
    this.#lanes = new SpoolLanes({
      epochs: this.#epochs,
      tail: this.#tail,
      timers: this.#deps.timers,
      logger: this.#deps.logger,
      disk: opened === null ? null : { log: opened.log, lowWater: () => lowWaterOf(opened) },
      isDurable: (held) => this.#disk?.isDurable(held) ?? false,
      ready,
      damaged: () => this.#upkeep?.damaged(),
      closed: () => this.#leaveDurable(),
    });
    return this.#lanes;
  }

  /** Puts what is unsettled on disk and lets go of it. */
  async close(): Promise<void> {
    this.ledger.close();
    this.#lanes?.close();
    this.#observer = null;
    if (this.#disk === null || this.#opened === null) {
      if (this.pending > 0) this.#deps.logger.warn({ frames: this.pending }, 'frames in memory go unsent');
      return;
    }
    this.#disk.writeAll();
    if (this.#disk.used) this.#disk.noteSettled();
    this.#disk.stop();
    await this.#finishUpkeep(this.#upkeep);
    try {
      await this.#opened.log.close();
    } catch (error) {
      this.#deps.logger.error({ err: error }, 'frames could not be written to the spool');
    }
  }

  #appended({ kind }: StoredFrame): void {
    this.#disk?.arrived(kind);
    this.#relieve();
    this.#observer?.appended();
  }

  /** Not for the gap frames that tell of what is given up here: where descriptions alone fill the memory that never ends. */
  #relieve(): void {
    if (this.#relieving) return;
    this.#relieving = true;
    const { memoryBytes } = this.#options;
    relieveMemory({
      tail: this.#tail,
      memoryBytes,
      disk: this.#disk,
      lanes: this.#lanes,
      ledger: this.ledger,
    });
    this.#relieving = false;
  }

  #settled(): void {
    if (this.#disk?.used === true) this.#upkeep?.soon();
    this.#observer?.settled();
  }

  #onDurable({ frame }: TailFrame): void {
    if (this.#lanes?.awaits(frame.seq) !== true) this.#tail.delete(frame.seq);
    this.#upkeep?.soon();
  }

  /** A session is over: what is on disk need not stay in memory. */
  #leaveDurable(): void {
    for (const held of this.#tail.all()) {
      if (this.#disk?.isDurable(held) !== true) return;
      this.#tail.delete(held.frame.seq);
    }
  }

  #isTooOld(epoch: Epoch, takenUs: number): boolean {
    const age = ageUs(epoch, takenUs, this.#epochs, this.#deps.clock);
    return age !== null && age > this.#options.maxAgeMs * 1000;
  }

  #finishUpkeep(upkeep: Upkeep | null): Promise<void> {
    return new Promise((resolve) => {
      const cancel = this.#deps.timers.after(STOP_MS, resolve);
      const done = (): void => {
        cancel();
        resolve();
      };
      (upkeep?.stop() ?? Promise.resolve()).then(done, done);
    });
  }
}

/** Offset from which unsettled frames may stand in the log. */
function lowWaterOf({ log, index }: OpenedLog): number {
  return Math.max(log.start, index.lowWater(log.durable));
}

const NO_FRAMES: readonly StoredFrame[] = [];
const NO_CHANNELS: ReadonlySet<number> = new Set();
