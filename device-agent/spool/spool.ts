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
import {
  GapReason,
  ProtocolError,
  codeName,
  encodeFrame,
  type ChannelDescription,
  type ClockAnchor,
  type Column,
  type HeldEpoch,
  type SequenceRange,
  type SequencedFrame,
} from '@weir/protocol';
import type { BatchOutput } from '../batcher/batcher.js';
import type { FrameStore, Lanes } from '../link/ports.js';
import { ageUs } from './age.js';
import type { Epoch } from './epoch.js';
import type { EpochTable } from './epoch-table.js';
import { SpoolLanes } from './lanes.js';
import { Losses } from './losses.js';
import type { OpenedLog, SpoolDeps, SpoolOptions } from './options.js';
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
  readonly problems: readonly Problem[];
}

/** At shutdown, an upkeep that waits for the disk is not waited for longer. */
const STOP_MS = 2_000;

export class Spool implements FrameStore, BatchOutput {
  /** Readings given up by policy in this run. */
  readingsExpired = 0;
  /** Frames that could no longer be read; how many readings they held is unknown. */
  framesDamaged = 0;
  /** Readings that do not fit the wire. */
  readingsUnencodable = 0;
  readonly #options: SpoolOptions;
  readonly #deps: SpoolDeps;
  readonly #epochs: EpochTable;
  readonly #tail = new Tail();
  readonly #opened: OpenedLog | null;
  readonly #disk: SpoolDisk | null;
  readonly #upkeep: Upkeep | null;
  #lanes: SpoolLanes | null = null;
  #observer: SpoolObserver | null = null;

  /** Use `openSpool`. */
  constructor(options: SpoolOptions, deps: SpoolDeps, epochs: EpochTable, opened: OpenedLog | null) {
    this.#options = options;
    this.#deps = deps;
    this.#epochs = epochs;
    this.#opened = opened;
    this.#disk = null;
    this.#upkeep = null;
    if (opened === null) return;
    const shared = { ...opened, epochs, tail: this.#tail, timers: deps.timers, logger: deps.logger };
    this.#disk = new SpoolDisk({
      ...shared,
      clock: deps.clock,
      commitDelayMs: options.commitDelayMs,
      durable: (held) => this.#onDurable(held),
    });
    this.#upkeep = new Upkeep({
      ...shared,
      disk: this.#disk,
      maxBytes: options.maxBytes,
      isTooOld: (epoch, takenUs) => this.#isTooOld(epoch, takenUs),
      lose: (frames, reason) => this.#lose(frames, reason),
      loseRanges: (epoch, ranges) => this.#loseRanges(epoch, ranges),
    });
    this.#upkeep.soon();
  }

  /** Id of the epoch being written. */
  get epoch(): number {
    return this.#epochs.current.id;
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
      problems: log?.problems ?? [],
    };
  }

  observe(observer: SpoolObserver): void {
    this.#observer = observer;
  }

  describe(channels: readonly ChannelDescription[]): void {
    const nowUs = this.#deps.clock.monotonicUs();
    this.#append('describe', 0, nowUs, (epoch, seq) => ({ type: 'describe', epoch, seq, channels }));
  }

  readings(columns: readonly Column[], count: number, oldestUs: number): void {
    this.#append('readings', count, oldestUs, (epoch, seq) => ({ type: 'readings', epoch, seq, columns }));
  }

  heldEpochs(): HeldEpoch[] {
    return this.#epochs.held();
  }

  describes(epoch: number): StoredFrame[] {
    return this.#epochs.get(epoch)?.describes() ?? [];
  }

  settle(epoch: number, first: number, last: number): void {
    const entry = this.#epochs.get(epoch);
    if (entry === undefined || entry.settle(first, last) === 0) return;
    if (entry === this.#epochs.current) this.#tail.deleteRange(first, Math.min(last, entry.last));
    if (this.#disk?.used === true) this.#upkeep?.soon();
    this.#observer?.settled();
  }

  reconcile(epoch: number): void {
    const entry = this.#epochs.get(epoch);
    if (entry?.damaged !== true) return;
    entry.damaged = false;
    const holes = entry.holes();
    if (holes.length > 0) this.#loseRanges(entry, holes);
  }

  anchored(anchor: ClockAnchor): void {
    const { boot } = this.#epochs.current;
    if (boot === null) return;
    this.#epochs.setAnchor(boot, anchor);
    this.#disk?.anchored();
  }

  openLanes(ready: () => void): Lanes {
    this.#lanes?.close();
    const log = this.#opened?.log ?? null;
    const from = log === null ? 0 : Math.max(log.start, this.#opened?.index.lowWater(log.durable) ?? 0);
    this.#lanes = new SpoolLanes({
      epochs: this.#epochs,
      tail: this.#tail,
      timers: this.#deps.timers,
      logger: this.#deps.logger,
      disk: log === null ? null : { log, from },
      isDurable: (held) => this.#disk?.isDurable(held) ?? false,
      ready,
      damaged: () => this.#upkeep?.damaged(),
      closed: () => this.#leaveDurable(),
    });
    return this.#lanes;
  }

  /** Puts what is unsettled on disk and lets go of it. */
  async close(): Promise<void> {
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

  #append(
    kind: StoredFrame['kind'],
    readings: number,
    takenUs: number,
    make: (epoch: number, seq: number) => SequencedFrame,
  ): void {
    const { current } = this.#epochs;
    const seq = current.last + 1;
    let bytes: Uint8Array;
    try {
      bytes = encodeFrame(make(current.id, seq));
    } catch (error) {
      if (!(error instanceof ProtocolError)) throw error;
      this.readingsUnencodable += readings;
      this.#deps.logger.error({ err: error, readings }, 'readings that do not fit the wire are dropped');
      return;
    }
    const frame: StoredFrame = { kind, epoch: current.id, seq, readings, takenUs, bytes };
    current.add(frame);
    this.#tail.add(frame, this.#deps.clock.monotonicUs());
    this.#disk?.arrived(kind);
    this.#relieve();
    this.#observer?.appended();
  }

  /** Keeps memory within its bound: first what is safe on disk leaves it, then the oldest is given up. */
  #relieve(): void {
    const { memoryBytes } = this.#options;
    if (this.#tail.bytes <= memoryBytes / 2) return;
    this.#disk?.writeAll();
    for (const held of this.#tail.all()) {
      if (this.#tail.bytes <= memoryBytes / 2 || this.#disk?.isDurable(held) !== true) break;
      // Describe frames keep their turn: live readings after them need them.
      if (held.frame.kind === 'describe') continue;
      this.#tail.delete(held.frame.seq);
      this.#lanes?.evicted(held.frame.seq);
    }
    if (this.#tail.bytes <= memoryBytes) return;
    const lost: StoredFrame[] = [];
    let bytes = this.#tail.bytes;
    for (const { frame } of this.#tail.all()) {
      if (bytes <= memoryBytes * 0.75) break;
      if (frame.kind === 'describe') continue;
      bytes -= Tail.cost(frame);
      lost.push(frame);
    }
    this.#lose(lost, GapReason.spoolBytes);
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

  #lose(frames: readonly StoredFrame[], reason: GapReason): void {
    const losses = new Losses();
    let readings = 0;
    for (const frame of frames) {
      // A describe frame is only settled: while its epoch has readings it is introduced from memory and from its copies.
      if (frame.kind !== 'describe') losses.addFrame(frame, reason);
      readings += frame.readings;
      this.#observer?.lost(frame.epoch, frame.seq);
      this.settle(frame.epoch, frame.seq, frame.seq);
    }
    this.readingsExpired += readings;
    if (frames.length > 0)
      this.#deps.logger.warn(
        { readings, reason: codeName(GapReason, reason) },
        'the oldest readings were given up',
      );
    this.#appendGaps(losses);
  }

  #loseRanges(epoch: Epoch, ranges: readonly SequenceRange[]): void {
    const losses = new Losses();
    for (const [first, last] of ranges) {
      losses.add(epoch.id, first, last, GapReason.spoolDamaged);
      this.framesDamaged += last - first + 1;
      this.settle(epoch.id, first, last);
      for (let seq = first; seq <= last; seq++) this.#observer?.lost(epoch.id, seq);
    }
    const places = this.#opened?.log.problems.map(({ file, offset }) => ({ file, offset }));
    this.#deps.logger.error(
      { epoch: epoch.id, ranges, places },
      'the spool is damaged; frames in it are lost',
    );
    this.#appendGaps(losses);
  }

  #appendGaps(losses: Losses): void {
    const nowUs = this.#deps.clock.monotonicUs();
    for (const loss of losses.list())
      this.#append('gap', 0, nowUs, (epoch, seq) => ({ type: 'gap', epoch, seq, ...loss }));
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
