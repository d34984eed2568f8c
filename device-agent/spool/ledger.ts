/**
 * Gives every frame its sequence and keeps account of it: pending, settled or lost. What is lost is told in `gap` frames,
 * which are frames like any other.
 */
import {
  GapReason,
  ProtocolError,
  codeName,
  encodeFrame,
  type ChannelDescription,
  type Column,
  type SequenceRange,
  type SequencedFrame,
} from '@weir/protocol';
import type { Clock, Logger } from '@weir/runtime';
import type { BatchOutput } from '../batcher/batcher.js';
import type { Epoch } from './epoch.js';
import type { EpochTable } from './epoch-table.js';
import { Losses } from './losses.js';
import type { StoredFrame } from './stored-frame.js';
import type { Tail } from './tail.js';

export interface LedgerParts {
  readonly epochs: EpochTable;
  readonly tail: Tail;
  readonly clock: Clock;
  readonly logger: Logger;
  /** The tail has a new frame. */
  readonly appended: (frame: StoredFrame) => void;
  /** Frames need not be sent any more. */
  readonly settled: () => void;
  /** A frame was given up. */
  readonly lost: (epoch: number, seq: number) => void;
}

export class Ledger implements BatchOutput {
  /** Readings given up by policy in this run. */
  readingsExpired = 0;
  /** Frames that could no longer be read; how many readings they held is unknown. */
  framesDamaged = 0;
  /** Readings that do not fit the wire. */
  readingsUnencodable = 0;
  readonly #parts: LedgerParts;
  #closed = false;

  constructor(parts: LedgerParts) {
    this.#parts = parts;
  }

  /** Takes nothing more. */
  close(): void {
    this.#closed = true;
  }

  describe(channels: readonly ChannelDescription[]): void {
    this.#append('describe', 0, this.#parts.clock.monotonicUs(), (epoch, seq) => {
      return { type: 'describe', epoch, seq, channels };
    });
  }

  readings(columns: readonly Column[], count: number, oldestUs: number): void {
    this.#append('readings', count, oldestUs, (epoch, seq) => ({ type: 'readings', epoch, seq, columns }));
  }

  settle(epoch: number, first: number, last: number): void {
    const { epochs, tail, settled } = this.#parts;
    const entry = epochs.get(epoch);
    if (entry === undefined) return;
    for (const seq of entry.unsent) if (seq >= first && seq <= last) entry.unsent.delete(seq);
    if (entry.settle(first, last) === 0) return;
    if (entry === epochs.current) tail.deleteRange(first, Math.min(last, entry.last));
    settled();
  }

  /** Gives frames up by policy. */
  lose(frames: readonly StoredFrame[], reason: GapReason): void {
    if (frames.length === 0) return;
    const losses = new Losses();
    let readings = 0;
    for (const frame of frames) {
      this.#parts.lost(frame.epoch, frame.seq);
      this.settle(frame.epoch, frame.seq, frame.seq);
      readings += frame.readings;
      if (frame.kind === 'describe') this.#parts.epochs.get(frame.epoch)?.unsent.add(frame.seq);
      else losses.addFrame(frame, reason);
    }
    this.#addDescribes(losses, frames, reason);
    this.readingsExpired += readings;
    this.#parts.logger.warn(
      { readings, reason: codeName(GapReason, reason) },
      'the oldest readings were given up',
    );
    this.#tell(losses);
  }

  /** Gives frames up that nobody can read any more. */
  loseDamaged(epoch: Epoch, ranges: readonly SequenceRange[]): void {
    const losses = new Losses();
    for (const [first, last] of ranges) {
      losses.add(epoch.id, first, last, GapReason.spoolDamaged);
      this.framesDamaged += last - first + 1;
      for (let seq = first; seq <= last; seq++) this.#parts.lost(epoch.id, seq);
      this.settle(epoch.id, first, last);
    }
    this.#parts.logger.error({ epoch: epoch.id, ranges }, 'the spool is damaged; frames in it are lost');
    this.#tell(losses);
  }

  /** Describe frames are lost with the last readings of an earlier epoch; before, some may still be introduced. */
  #addDescribes(losses: Losses, frames: readonly StoredFrame[], reason: GapReason): void {
    const { epochs } = this.#parts;
    for (const id of new Set(frames.map(({ epoch }) => epoch))) {
      const epoch = epochs.get(id);
      if (epoch === undefined || epoch === epochs.current || epoch.pending > 0) continue;
      for (const seq of epoch.unsent) losses.add(id, seq, seq, reason);
      epoch.unsent.clear();
    }
  }

  /** Encodes a frame under the next sequence of the current epoch and keeps it. */
  #append(
    kind: StoredFrame['kind'],
    readings: number,
    takenUs: number,
    make: (epoch: number, seq: number) => SequencedFrame,
  ): void {
    if (this.#closed) return;
    const { epochs, tail, clock, logger, appended } = this.#parts;
    const { current } = epochs;
    const seq = current.last + 1;
    let bytes: Uint8Array;
    try {
      bytes = encodeFrame(make(current.id, seq));
    } catch (error) {
      if (!(error instanceof ProtocolError)) throw error;
      this.readingsUnencodable += readings;
      logger.error({ err: error, readings }, 'readings that do not fit the wire are dropped');
      return;
    }
    const frame: StoredFrame = { kind, epoch: current.id, seq, readings, takenUs, bytes };
    current.add(frame);
    tail.add(frame, clock.monotonicUs());
    appended(frame);
  }

  #tell(losses: Losses): void {
    const nowUs = this.#parts.clock.monotonicUs();
    for (const loss of losses.list())
      this.#append('gap', 0, nowUs, (epoch, seq) => ({ type: 'gap', epoch, seq, ...loss }));
  }
}
