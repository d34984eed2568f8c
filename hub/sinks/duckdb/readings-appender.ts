/**
 * Readings into DuckDB by data chunks: one typed array for each table column, copied into a chunk's vectors once it is
 * full. 64-bit integers are written as two 32-bit words (little-endian), since a BigInt for each would cost more than
 * all the rest.
 *
 *   SinkColumn ─► rows 0..2047 of the arrays ─► DataChunk ─► appender ─► the transaction under way
 */
import {
  BIGINT,
  BOOLEAN,
  DOUBLE,
  DuckDBDataChunk,
  TIMESTAMP,
  UINTEGER,
  UTINYINT,
  VARCHAR,
  type DuckDBAppender,
} from '@duckdb/node-api';
import duckdb, { type Vector } from '@duckdb/node-bindings';
import type { SinkColumn } from '../sink.js';

/** DuckDB's vector size: the most rows that a chunk can have. */
const ROWS = 2048;
const TWO_32 = 2 ** 32;

/** In the order of the table's columns. */
const TYPES = [
  UINTEGER,
  TIMESTAMP,
  DOUBLE,
  BOOLEAN,
  VARCHAR,
  BIGINT,
  UINTEGER,
  UINTEGER,
  BIGINT,
  BIGINT,
  UTINYINT,
];

export class ReadingsAppender {
  readonly #appender: DuckDBAppender;
  #rows = 0;
  readonly #series = new Uint32Array(ROWS);
  readonly #time = new Uint32Array(2 * ROWS);
  readonly #value = new Float64Array(ROWS);
  readonly #flag = new Uint8Array(ROWS);
  readonly #text: (string | undefined)[] = [];
  readonly #epoch = new Uint32Array(2 * ROWS);
  readonly #seq = new Uint32Array(ROWS);
  readonly #idx = new Uint32Array(ROWS);
  readonly #monotonic = new Uint32Array(2 * ROWS);
  readonly #uncertainty = new Uint32Array(2 * ROWS);
  readonly #clockSource = new Uint8Array(ROWS);
  readonly #valid = { number: new Validity(), boolean: new Validity(), text: new Validity() };

  /** `appender` is for the table `readings`, inside a transaction. */
  constructor(appender: DuckDBAppender) {
    this.#appender = appender;
  }

  append(column: SinkColumn): void {
    for (let from = 0; from < column.seq.length;) {
      const count = Math.min(ROWS - this.#rows, column.seq.length - from);
      this.#fill(column, from, count);
      this.#rows += count;
      from += count;
      if (this.#rows === ROWS) this.#emit();
    }
  }

  /** Hands all rows to the transaction. */
  finish(): void {
    if (this.#rows > 0) this.#emit();
    this.#appender.closeSync();
  }

  /** Forgets what has not been handed over; left to the garbage collector it would be written after all. */
  abandon(): void {
    try {
      this.#appender.clear();
      this.#appender.closeSync();
    } catch {
      // An appender that has failed holds nothing more.
    }
  }

  #fill(column: SinkColumn, from: number, count: number): void {
    const start = this.#rows;
    const end = start + count;
    this.#series.fill(column.series.id, start, end);
    this.#clockSource.fill(column.clockSource, start, end);
    fillInt64(this.#epoch, start, end, column.epoch);
    fillInt64(this.#uncertainty, start, end, column.uncertaintyUs);
    for (let row = start, i = from; row < end; row++, i++) {
      const monotonicUs = column.monotonicUs[i] ?? 0;
      putInt64(this.#time, row, monotonicUs + column.offsetUs);
      putInt64(this.#monotonic, row, monotonicUs);
      this.#seq[row] = column.seq[i] ?? 0;
      this.#idx[row] = column.index[i] ?? 0;
    }
    this.#fillValues(column, from, count);
  }

  #fillValues({ series, values }: SinkColumn, from: number, count: number): void {
    const start = this.#rows;
    this.#valid[series.type].add(start, count);
    for (let row = start, i = from; row < start + count; row++, i++) {
      if (series.type === 'number') this.#value[row] = values[i] as number;
      else if (series.type === 'boolean') this.#flag[row] = values[i] === true ? 1 : 0;
      else this.#text[row] = values[i] as string;
    }
  }

  #emit(): void {
    const rows = this.#rows;
    const chunk = DuckDBDataChunk.create(TYPES, rows);
    const vector = (column: number): Vector => duckdb.data_chunk_get_vector(chunk.chunk, column);
    copy(vector(0), this.#series, rows);
    copy(vector(1), this.#time, 2 * rows);
    this.#valid.number.copyTo(vector(2), rows);
    if (this.#valid.number.any) copy(vector(2), this.#value, rows);
    this.#valid.boolean.copyTo(vector(3), rows);
    if (this.#valid.boolean.any) copy(vector(3), this.#flag, rows);
    this.#valid.text.copyTo(vector(4), rows);
    if (this.#valid.text.any) this.#copyTexts(vector(4), rows);
    copy(vector(5), this.#epoch, 2 * rows);
    copy(vector(6), this.#seq, rows);
    copy(vector(7), this.#idx, rows);
    copy(vector(8), this.#monotonic, 2 * rows);
    copy(vector(9), this.#uncertainty, 2 * rows);
    copy(vector(10), this.#clockSource, rows);
    this.#appender.appendDataChunk(chunk);
    this.#clear();
  }

  #copyTexts(vector: Vector, rows: number): void {
    for (let row = 0; row < rows; row++) {
      const text = this.#text[row];
      if (text !== undefined) duckdb.vector_assign_string_element_len(vector, row, Buffer.from(text));
    }
  }

  #clear(): void {
    this.#rows = 0;
    this.#text.length = 0;
    for (const validity of Object.values(this.#valid)) validity.clear();
  }
}

/** Which rows of a nullable column are set: bit r of the mask for row r. */
class Validity {
  readonly #mask = new Uint8Array(ROWS / 8);
  #count = 0;

  get any(): boolean {
    return this.#count > 0;
  }

  add(start: number, count: number): void {
    this.#count += count;
    for (let row = start; row < start + count; row++)
      this.#mask[row >> 3] = (this.#mask[row >> 3] ?? 0) | (1 << (row & 7));
  }

  copyTo(vector: Vector, rows: number): void {
    if (this.#count === rows) return;
    duckdb.vector_ensure_validity_writable(vector);
    duckdb.copy_data_to_vector_validity(vector, 0, this.#mask.buffer, 0, Math.ceil(rows / 64) * 8);
  }

  clear(): void {
    this.#count = 0;
    this.#mask.fill(0);
  }
}

function putInt64(words: Uint32Array, row: number, value: number): void {
  const high = Math.floor(value / TWO_32);
  words[2 * row] = value - high * TWO_32;
  words[2 * row + 1] = high;
}

function fillInt64(words: Uint32Array, start: number, end: number, value: number): void {
  const high = Math.floor(value / TWO_32);
  const low = value - high * TWO_32;
  for (let at = 2 * start; at < 2 * end; at += 2) {
    words[at] = low;
    words[at + 1] = high;
  }
}

function copy(
  vector: Vector,
  from: Uint8Array<ArrayBuffer> | Uint32Array<ArrayBuffer> | Float64Array<ArrayBuffer>,
  elements: number,
): void {
  duckdb.copy_data_to_vector(vector, 0, from.buffer, 0, elements * from.BYTES_PER_ELEMENT);
}
