/**
 * From a record of the log to columns in UTC. The only place where sinks decode frames.
 *
 *   record: frame 7 [a a b] frame 8 [a b] ──► column a: 7.0 7.1 8.0   column b: 7.0 8.0
 *
 * The frames are read one after the other in memory that is used again; what remains of each is its readings.
 */
import { ColumnsReader, type ReadingValue } from '@weir/protocol';
import { WeirError } from '@weir/runtime';
import { RecordKind, RecordReader } from '../ingest/record.js';
import type { SeriesInfo, SinkColumn } from './sink.js';

export type SeriesTable = ReadonlyMap<number, SeriesInfo>;

export class RecordPlacer {
  readonly #table: SeriesTable;
  readonly #record = new RecordReader();
  readonly #frame = new ColumnsReader('shared');
  /** Of the present record, by series. */
  readonly #byId = new Map<number, PlacedColumn>();

  constructor(table: SeriesTable) {
    this.#table = table;
  }

  /**
   * The readings of a record, none for records of other kinds. Throws `sink.unknown_series` (retryable: the series may be
   * announced yet), `log.bad_record` or a ProtocolError when the record is not what it says.
   */
  place(bytes: Uint8Array, logOffset: number): PlacedColumn[] {
    const record = this.#record;
    record.open(bytes);
    const columns: PlacedColumn[] = [];
    if (record.kind !== RecordKind.readings) return columns;
    this.#byId.clear();
    while (record.next()) this.#placeFrame(record, logOffset, columns);
    return columns;
  }

  #placeFrame(record: RecordReader, logOffset: number, columns: PlacedColumn[]): void {
    const frame = this.#frame;
    const { series } = record;
    frame.begin(record.frame);
    let place = 0;
    for (; frame.next(); place++) {
      const id = series[place];
      if (id === undefined) throw badRecord(`more columns than its ${series.length} series`);
      // Most frames of a record have the same columns in the same order.
      let column = columns[place];
      if (column?.series.id !== id) column = this.#byId.get(id);
      if (column !== undefined) column.add(record.seq, frame, 0);
      else columns.push((column = this.#begin(id, record, logOffset)));
      if (frame.values.type !== column.series.type) throw wrongValues(frame.values.type, column.series);
    }
    if (place < series.length) throw badRecord(`${place} columns with ${series.length} series`);
  }

  #begin(id: number, record: RecordReader, logOffset: number): PlacedColumn {
    const series = this.#table.get(id);
    if (series !== undefined) {
      const column = new PlacedColumn(series, record, this.#frame, logOffset);
      this.#byId.set(id, column);
      return column;
    }
    throw new WeirError('sink.unknown_series', `the log names series ${id}, which is not known yet`, {
      retryable: true,
      details: { series: id },
    });
  }
}

class PlacedColumn implements SinkColumn {
  readonly series: SeriesInfo;
  readonly epoch: number;
  readonly seq: number[];
  readonly index: number[];
  readonly monotonicUs: number[];
  readonly values: ReadingValue[];
  readonly offsetUs: number;
  readonly uncertaintyUs: number;
  readonly clockSource: SinkColumn['clockSource'];
  readonly logOffset: number;

  /** Begins with the present column of a frame. */
  constructor(series: SeriesInfo, record: RecordReader, frame: ColumnsReader, logOffset: number) {
    this.series = series;
    this.epoch = record.epoch;
    this.offsetUs = Math.round(record.offsetUs);
    this.uncertaintyUs = wholeUncertainty(record.uncertaintyUs);
    this.clockSource = record.clockSource;
    this.logOffset = logOffset;
    // A list that begins with an element has room for it alone; an empty one would take room for seventeen at the first.
    this.seq = [record.seq];
    this.index = [0];
    this.monotonicUs = [frame.times.times[0] ?? 0];
    this.values = [frame.values.values[0] ?? 0];
    this.add(record.seq, frame, 1);
  }

  /** Adds the present column of a frame, from one place on. Two channels of a device can have one name. */
  add(seq: number, { times: { times, count }, values: { values } }: ColumnsReader, from: number): void {
    const last = this.seq.length - 1;
    const first = this.seq[last] === seq ? (this.index[last] ?? 0) + 1 - from : 0;
    for (let i = from; i < count; i++) {
      this.seq.push(seq);
      this.index.push(first + i);
      this.monotonicUs.push(times[i] ?? 0);
      this.values.push(values[i] ?? 0);
    }
  }
}

/** Never less than it was, and an integer that every store can hold: what is not finite becomes 2^53 - 1. */
function wholeUncertainty(us: number): number {
  return Number.isFinite(us)
    ? Math.min(Math.ceil(Math.abs(us)), Number.MAX_SAFE_INTEGER)
    : Number.MAX_SAFE_INTEGER;
}

function wrongValues(type: string, { device, channel, type: expected }: SeriesInfo): WeirError {
  return badRecord(`${type} values in ${device} ${channel}, a ${expected} series`);
}

function badRecord(detail: string): WeirError {
  return new WeirError('log.bad_record', `not a hub record: ${detail}`);
}
