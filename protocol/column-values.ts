/**
 * The values of one column, in one of these forms:
 *
 *   v                  one reading: integer, float, false, true or text
 *   [e, m0, d1, d2..]  -15 <= e <= 15: numbers m * 10^e; the first mantissa, then differences of mantissas
 *   [null, v0, v1..]   as they are, all of one type
 *   [32, bytes]        IEEE 754 floats of four bytes each, big-endian
 *   [64, bytes]        of eight bytes each
 *
 * Decimals come back bit for bit: the value is m / 10^-e for a negative e, and both operands are exact. What a
 * sensor prints as 21.57 is sent as 2157 and -2, and is 21.57 again. No form holds NaN or an infinity.
 */
import { ErrorCode } from './codes.js';
import type { Room } from './column-times.js';
import type { ChannelType, Column } from './frames.js';
import type { ItemReader } from './item-reader.js';
import { Major, notFinite } from './item-reader.js';
import { ProtocolError, outOfRange, wrongType } from './protocol-error.js';

/** First element of a list of values that is a byte string of floats; exponents stay clear of both. */
export const FLOAT32 = 32;
export const FLOAT64 = 64;
export const EXPONENT_MAX = 15;
/** Powers of ten up to the greatest exponent; each exact. */
export const POWERS: readonly number[] = Array.from({ length: EXPONENT_MAX + 1 }, (_, power) => 10 ** power);

/** Reads the values of one column after the other. */
export class ValuesReader {
  /** Type and values of the present column. For who only looks, the values are checked and then forgotten. */
  type: ChannelType = 'number';
  values: Column['values'] = [];
  private readonly reader: ItemReader;
  private readonly room: Room;
  private readonly keepsAll: boolean;

  constructor(reader: ItemReader, room: Room, keepsAll: boolean) {
    this.reader = reader;
    this.room = room;
    this.keepsAll = keepsAll;
  }

  /** Reads the values that belong to `count` times. */
  next(count: number): void {
    const { reader } = this;
    if (reader.nextMajor() !== Major.array) {
      checkCount(1, count);
      this.plain(1);
      return;
    }
    const length = reader.array('values');
    if (length < 2) throw wrongType('values', 'a form and values in a list');
    if (reader.passNull()) {
      checkCount(length - 1, count);
      this.plain(count);
      return;
    }
    const form = reader.integer('values');
    const numbers = this.room(count);
    this.type = 'number';
    this.values = numbers;
    if (form === FLOAT32 || form === FLOAT64) this.floats(form / 8, length, count, numbers);
    else this.decimals(form, length - 1, count, numbers);
  }

  private plain(count: number): void {
    const { reader } = this;
    const major = reader.nextMajor();
    if (major === Major.text) {
      this.type = 'text';
      this.values = this.each(count, () => reader.text('values', this.keepsAll));
    } else if (reader.isBoolean()) {
      this.type = 'boolean';
      this.values = this.each(count, () => reader.boolean('values'));
    } else {
      const numbers = this.room(count);
      for (let i = 0; i < count; i++) numbers[i] = reader.number('values');
      this.type = 'number';
      this.values = numbers;
    }
  }

  private each<T>(count: number, read: () => T): T[] {
    const values: T[] = [];
    for (let i = 0; i < count; i++) {
      const value = read();
      if (this.keepsAll) values.push(value);
    }
    return values;
  }

  private decimals(exponent: number, length: number, count: number, numbers: Float64Array): void {
    if (Math.abs(exponent) > EXPONENT_MAX)
      throw outOfRange('values', exponent, Math.sign(exponent) * EXPONENT_MAX);
    checkCount(length, count);
    const power = POWERS[Math.abs(exponent)] ?? 1;
    let mantissa = 0;
    for (let i = 0; i < count; i++) {
      mantissa += this.reader.integer('values');
      if (!Number.isSafeInteger(mantissa)) {
        throw outOfRange('values', mantissa, Math.sign(mantissa) * Number.MAX_SAFE_INTEGER);
      }
      numbers[i] = exponent < 0 ? mantissa / power : mantissa * power;
    }
  }

  private floats(size: number, length: number, count: number, numbers: Float64Array): void {
    const { reader } = this;
    if (length !== 2) throw wrongType('values', 'one byte string of floats');
    const start = reader.string(Major.bytes, 'values');
    if (reader.argument % size !== 0) throw wrongType('values', `floats of ${size} bytes each`);
    checkCount(reader.argument / size, count);
    const { buffer, byteOffset } = reader.bytes;
    const view = new DataView(buffer, byteOffset + start, reader.argument);
    for (let i = 0; i < count; i++) {
      const value = size === 4 ? view.getFloat32(4 * i) : view.getFloat64(8 * i);
      if (!Number.isFinite(value)) throw notFinite('values', value);
      numbers[i] = value;
    }
  }
}

export function checkCount(values: number, times: number): void {
  if (values === times) return;
  const message = `${values} values for ${times} times`;
  throw new ProtocolError(ErrorCode.columnLength, message, { limit: times, value: values });
}
