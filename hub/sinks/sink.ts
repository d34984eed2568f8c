/**
 * A sink reads the hub's log and writes what it holds elsewhere, at its own pace.
 *
 *   log ──records──► place ──SinkBatch──► sink.write ──► store
 *    ▲                                        │
 *    └───────── cursor: next log offset ◄─────┘   kept by the store itself, with the data
 *
 * Invariants: batches come in log order and without overlap; `write` resolves once data and cursor are both safe; after
 * any failure the sink is closed and opened again, and goes on from the cursor that `open` then gives.
 */
import type { ChannelType, ReadingValue } from '@weir/protocol';
import type { ClockSource } from '../ingest/record.js';

/** One channel of one device, by the number that log records name it with. Never changes once given. */
export interface SeriesInfo {
  readonly id: number;
  readonly device: string;
  readonly channel: string;
  readonly type: ChannelType;
  /** SenML unit, `''` where there is none. */
  readonly unit: string;
}

/** Readings of one series out of one record of the log. The lists have equal length, an element for each reading. */
export interface SinkColumn {
  readonly series: SeriesInfo;
  readonly epoch: number;
  /** The frame that it came in. */
  readonly seq: readonly number[];
  /** Its place among the readings of the series in that frame; with series, epoch and seq its identity. */
  readonly index: readonly number[];
  /** Integer us of the device's own clock, as sent. */
  readonly monotonicUs: readonly number[];
  /** Integer; UTC us is `monotonicUs` plus this, the clock offset that the hub knew when it took the frame. */
  readonly offsetUs: number;
  readonly values: readonly ReadingValue[];
  /** Whole us, rounded up. */
  readonly uncertaintyUs: number;
  readonly clockSource: ClockSource;
  /** Where in the log the record is. */
  readonly logOffset: number;
}

/** A part of the log that was not there or not readable. */
export interface SkippedRange {
  readonly from: number;
  readonly to: number;
  readonly reason: string;
}

/** What the log holds from one offset up to, not including, `next`. */
export interface SinkBatch {
  readonly from: number;
  /** The store keeps this together with the readings and starts there next time. */
  readonly next: number;
  readonly readings: number;
  readonly columns: readonly SinkColumn[];
  readonly skipped: readonly SkippedRange[];
}

/** A place to write to. One contract test (sink-contract.ts) holds for every implementation. */
export interface Sink {
  /** Readings refused for good by the store and set aside with its reason; 0 where that cannot happen. */
  readonly quarantined: number;
  /** Connects and returns the cursor: the log offset to go on from. May be called again after `close`. */
  open(): Promise<number>;
  /** Stores readings and cursor; on rejection either both or none are there, and the sink wants to be reopened. */
  write(batch: SinkBatch): Promise<void>;
  /** Lets a write under way reject soon, where waiting for it could take long. Nothing is written afterwards. */
  cancel?(): void;
  /** Lets go of everything. Harmless when not open; never called during a write. */
  close(): Promise<void>;
}

export type SinkKind = 'duckdb' | 'influx';

/** `waiting`: will try again at `retryAtMs`. `failed`: so too, but someone has to act first. */
export type SinkState = 'running' | 'waiting' | 'failed';

export interface SinkStatus {
  readonly name: string;
  readonly kind: SinkKind;
  readonly state: SinkState;
  /** All records below this log offset are stored; 0 until the store has been opened. */
  readonly cursor: number;
  /** Written since the hub started. */
  readonly readings: number;
  readonly quarantined: number;
  /** The last ranges of the log that could not be stored, oldest first. */
  readonly skipped: readonly SkippedRange[];
  readonly error: string | null;
  readonly errorCode: string | null;
  /** When `waiting` or `failed`: UTC ms of the next try. */
  readonly retryAtMs?: number;
}
