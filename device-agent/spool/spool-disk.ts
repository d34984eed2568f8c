/**
 * The part of the spool that is on disk, written behind the tail:
 *
 *   tail ──(unsettled for commitDelayMs)──► log.append ──(write, fdatasync)──► durable: leaves the tail
 *
 * While the hub confirms frames sooner than the delay, nothing is written at all, which spares SD cards. The delay is
 * also what a crash can cost: frames neither confirmed nor written. Before the first frame of an epoch, and before a
 * segment goes that holds them, the notes are written that later frames need: the epoch, its describe frames, the anchor.
 */
import type { Log } from '@weir/log';
import type { ClockAnchor } from '@weir/protocol';
import { WeirError, type Clock, type Timers } from '@weir/runtime';
import type { Epoch } from './epoch.js';
import type { EpochTable } from './epoch-table.js';
import type { OffsetIndex } from './offset-index.js';
import { anchorKey, describeKey, epochKey, type Placements } from './placements.js';
import { encodeNote, frameHeader, type SpoolRecord } from './record.js';
import type { StoredFrame } from './stored-frame.js';
import type { Tail, TailFrame } from './tail.js';

export interface SpoolDiskParts {
  readonly log: Log;
  readonly index: OffsetIndex;
  readonly placements: Placements;
  readonly epochs: EpochTable;
  readonly tail: Tail;
  readonly clock: Clock;
  readonly timers: Timers;
  readonly commitDelayMs: number;
  /** A frame of the tail is on disk now. */
  readonly durable: (held: TailFrame) => void;
}

/** An anchor on disk is renewed when it is older than this, or a clock was set. */
const ANCHOR_US = 600_000_000;
/** Room for the drift of a cheap crystal: 100 parts per million. */
const DRIFT = 100e-6;
/** More ranges than this are not noted; the hub's welcome tells the rest. */
const RANGES_MAX = 1_000;

export class SpoolDisk {
  readonly #parts: SpoolDiskParts;
  readonly #stops: (() => void)[];
  #next = 1;
  #awaiting: TailFrame[] = [];
  #cancelWrite: (() => void) | null = null;
  #notesMissing = true;
  /** The anchor of the present boot that is on disk. */
  #anchor: ClockAnchor | null = null;

  constructor(parts: SpoolDiskParts) {
    this.#parts = parts;
    this.#stops = [
      parts.log.onDurable((durable) => this.#onDurable(durable)),
      parts.log.onState((state) => {
        if (state === 'ok') this.arrived();
      }),
    ];
  }

  /** Whether any frame is on disk or on its way there. */
  get used(): boolean {
    return !this.#parts.index.empty;
  }

  isDurable({ end }: TailFrame): boolean {
    return end !== null && end <= this.#parts.log.durable;
  }

  /** The tail has a new frame. */
  arrived(kind?: StoredFrame['kind']): void {
    if (kind === 'describe') this.#notesMissing = true;
    const { commitDelayMs, clock, timers } = this.#parts;
    if (commitDelayMs === 0) {
      this.writeAll();
      return;
    }
    if (this.#cancelWrite !== null) return;
    const oldest = this.#oldestUnwritten();
    if (oldest === null) return;
    const dueUs = oldest.arrivedUs + commitDelayMs * 1000 - clock.monotonicUs();
    this.#cancelWrite = timers.after(Math.max(0, Math.ceil(dueUs / 1000)), () => {
      this.#cancelWrite = null;
      this.#writeDue();
      if (this.#parts.log.state === 'ok') this.arrived();
    });
  }

  /** Writes every frame of the tail that is not settled, however young. */
  writeAll(): void {
    this.#write(Infinity);
  }

  /** Writes again what is needed by pending frames and stands before `floor`. True when anything was. */
  keep(floor: number): boolean {
    const { epochs, log } = this.#parts;
    const before = log.end;
    for (const epoch of epochs.all()) if (epoch.pending > 0) this.#noteEpoch(epoch, floor, Infinity);
    return log.end > before;
  }

  /** Segments have gone, and with them notes that nothing pending needed: the next frame looks anew. */
  dropped(): void {
    this.#notesMissing = true;
  }

  /** The anchor of the present boot has changed. */
  anchored(): void {
    const { epochs, placements } = this.#parts;
    if (!this.used || epochs.pending === 0) return;
    const { boot } = epochs.current;
    const anchor = epochs.anchorOf(epochs.current);
    const due = anchor !== null && (this.#anchor === null || isOutdated(this.#anchor, anchor));
    if (boot !== null && (due || !placements.has(anchorKey(boot), 0))) this.#noteAnchor(epochs.current);
  }

  /** The hub has refused channels of an epoch. */
  noteRefusals(epoch: Epoch): void {
    const isNoted = this.#parts.placements.has(epochKey(epoch.id), 0);
    if (epoch.boot !== null && isNoted) this.#noteItself(epoch, epoch.boot);
  }

  /** Notes what is settled, so that a later run need not learn it from the hub. */
  noteSettled(): void {
    for (const epoch of this.#parts.index.epochs()) {
      const ranges = epoch.settledRanges().slice(0, RANGES_MAX);
      if (ranges.length > 0) this.#note({ kind: 'settled', epoch: epoch.id, ranges });
    }
  }

  stop(): void {
    this.#cancelWrite?.();
    for (const stop of this.#stops) stop();
  }

  #oldestUnwritten(): TailFrame | null {
    const { tail, epochs } = this.#parts;
    for (; this.#next <= epochs.current.last; this.#next++) {
      const held = tail.get(this.#next);
      if (held !== undefined) return held;
    }
    return null;
  }

  /** Writes what is due, and what is half way there along with it. */
  #writeDue(): void {
    const { clock, commitDelayMs } = this.#parts;
    this.#write(clock.monotonicUs() - commitDelayMs * 500);
  }

  #write(arrivedBeforeUs: number): void {
    for (let held = this.#oldestUnwritten(); held !== null; held = this.#oldestUnwritten()) {
      if (held.arrivedUs > arrivedBeforeUs || !this.#writeFrame(held)) return;
      this.#next++;
    }
  }

  #writeFrame(held: TailFrame): boolean {
    const { log, epochs, index, placements } = this.#parts;
    if (log.state !== 'ok') return false;
    const { frame } = held;
    if (this.#notesMissing) {
      this.#noteEpoch(epochs.current, 0, frame.seq);
      this.#notesMissing = epochs.current.describes().some(({ seq }) => seq >= frame.seq);
    }
    const offset = log.end;
    held.end = this.#append(frameHeader('frame', frame), frame.bytes);
    if (held.end === null) return false;
    index.add(offset, frame, epochs.current);
    if (frame.kind === 'describe') placements.note({ kind: 'frame', frame }, offset);
    this.#awaiting.push(held);
    return true;
  }

  /** Writes an epoch's notes, and copies of its describe frames before `seq`, unless they stand at `floor` or later. */
  #noteEpoch(epoch: Epoch, floor: number, seq: number): void {
    const { placements, epochs } = this.#parts;
    const { id, boot } = epoch;
    if (boot !== null && !placements.has(epochKey(id), floor)) this.#noteItself(epoch, boot);
    if (boot !== null && epochs.anchorOf(epoch) !== null && !placements.has(anchorKey(boot), floor))
      this.#noteAnchor(epoch);
    for (const frame of epoch.describes()) {
      if (frame.seq >= seq || placements.has(describeKey(id, frame.seq), floor)) continue;
      const offset = this.#parts.log.end;
      if (this.#append(frameHeader('copy', frame), frame.bytes) !== null)
        placements.note({ kind: 'copy', frame }, offset);
    }
  }

  #noteItself({ id, deviceUtcUs, agent, refused }: Epoch, boot: string): void {
    this.#note({ kind: 'epoch', epoch: id, boot, deviceUtcUs, agent, refused: [...refused] });
  }

  #noteAnchor(epoch: Epoch): void {
    const { epochs } = this.#parts;
    const anchor = epochs.anchorOf(epoch);
    if (anchor === null || epoch.boot === null) return;
    this.#note({ kind: 'anchor', boot: epoch.boot, anchor });
    if (epoch.boot === epochs.current.boot) this.#anchor = anchor;
  }

  #note(record: Exclude<SpoolRecord, { kind: 'frame' | 'copy' }>): void {
    const offset = this.#parts.log.end;
    if (this.#append(encodeNote(record)) !== null) this.#parts.placements.note(record, offset);
  }

  /** Null when the disk is too far behind. */
  #append(...parts: Uint8Array[]): number | null {
    try {
      return this.#parts.log.append(...parts);
    } catch (error) {
      if (error instanceof WeirError && error.code === 'log.overloaded') return null;
      throw error;
    }
  }

  #onDurable(durable: number): void {
    const waiting = this.#awaiting.findIndex(({ end }) => end === null || end > durable);
    const done = this.#awaiting.splice(0, waiting < 0 ? this.#awaiting.length : waiting);
    for (const held of done) this.#parts.durable(held);
    this.arrived();
  }
}

function isOutdated(former: ClockAnchor, present: ClockAnchor): boolean {
  const ageUs = present.monotonicUs - former.monotonicUs;
  const apartUs = Math.abs(present.utcUs - former.utcUs - ageUs);
  return ageUs >= ANCHOR_US || apartUs > former.uncertaintyUs + present.uncertaintyUs + DRIFT * ageUs;
}
