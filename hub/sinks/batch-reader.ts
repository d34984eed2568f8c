/**
 * Cuts the durable part of the log into bounded batches of placed readings.
 *
 * What cannot be read is passed over and told: ranges that retention dropped before this sink came to them, damage that
 * the log found, records that decode to nothing known. A series that is not known yet is not such a case: it throws.
 */
import type { LogBatch, LogReader } from '@weir/log';
import { messageOf, WeirError } from '@weir/runtime';
import { RecordPlacer, type SeriesTable } from './place.js';
import type { SinkBatch, SinkColumn, SkippedRange } from './sink.js';

export interface BatchLimits {
  /** Read from the log at a time. */
  readonly bytes: number;
  /** A batch ends with the record that reaches this, so it has at most one record's readings more. */
  readonly readings: number;
}

export class BatchReader {
  readonly #log: LogReader;
  readonly #placer: RecordPlacer;
  readonly #limits: BatchLimits;
  #held: { readonly batch: LogBatch; index: number; at: number } | null = null;

  constructor(log: LogReader, series: SeriesTable, limits: BatchLimits) {
    this.#log = log;
    this.#placer = new RecordPlacer(series);
    this.#limits = limits;
  }

  /** The next batch from `cursor`, which is below `durable`, the end of what may be read. */
  async next(cursor: number, durable: number): Promise<SinkBatch> {
    const skipped: SkippedRange[] = [];
    if (this.#held?.at !== cursor) {
      const batch = await this.#log.read(cursor, durable, this.#limits.bytes);
      skipped.push(...batch.skipped);
      this.#held = { batch, index: 0, at: cursor };
    }
    const { batch } = this.#held;
    const columns: SinkColumn[] = [];
    let readings = 0;
    let record = batch.records[this.#held.index];
    while (record !== undefined && readings < this.#limits.readings) {
      const placed = this.#place(record.offset, record.next, record.data, skipped);
      for (const column of placed) {
        readings += column.seq.length;
        columns.push(column);
      }
      this.#held.index += 1;
      record = batch.records[this.#held.index];
    }
    const next = record === undefined ? batch.next : record.offset;
    if (record === undefined) this.#held = null;
    else this.#held.at = next;
    return { from: cursor, next, readings, columns, skipped };
  }

  #place(offset: number, next: number, data: Uint8Array, skipped: SkippedRange[]): SinkColumn[] {
    try {
      return this.#placer.place(data, offset);
    } catch (error) {
      if (error instanceof WeirError && error.code === 'sink.unknown_series') {
        this.#held = null;
        throw error;
      }
      skipped.push({ from: offset, to: next, reason: messageOf(error) });
      return [];
    }
  }
}
