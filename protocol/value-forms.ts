/** Chooses the form of a column's values: the smallest of those that give every value back exactly. */
import { checkCount, FLOAT32, FLOAT64 } from './column-values.js';
import { type Decimals, decimals } from './decimals.js';
import { checkText, numberItem } from './fields.js';
import type { Column } from './frames.js';
import { type Item, integerItem } from './item.js';
import { notFinite } from './item-reader.js';
import { LIMITS } from './limits.js';
import { wrongType } from './protocol-error.js';

/** The wire form of a column's values (see `column-values.ts`). Throws for values that no frame can hold. */
export function valuesItem({ values, times }: Column): Item {
  checkCount(values.length, times.length);
  const type = typeof values[0];
  if (type === 'number') return numbersItem(float64s(values as ArrayLike<number>, 'values'));
  if (type !== 'boolean' && type !== 'string') throw wrongType('values', 'numbers, booleans or texts');
  const items = Array.from(values as ArrayLike<boolean | string>, (value) => {
    if (typeof value !== type) throw wrongType('values', 'one type throughout');
    return typeof value === 'string' ? checkText(value, 'values', LIMITS) : value;
  });
  return items.length === 1 ? (items[0] ?? null) : [null, ...items];
}

/** The numbers as one kind of array; the same one where it is so already. */
export function float64s(numbers: ArrayLike<number>, name: string): Float64Array {
  if (numbers instanceof Float64Array) return numbers;
  const array = new Float64Array(numbers.length);
  for (let i = 0; i < array.length; i++) {
    const number: unknown = numbers[i];
    if (typeof number !== 'number') throw wrongType(name, 'numbers throughout');
    array[i] = number;
  }
  return array;
}

function numbersItem(values: Float64Array): Item {
  let fits32 = true;
  let negativeZero = false;
  for (const value of values) {
    if (!Number.isFinite(value)) throw notFinite('values', value);
    if (Math.fround(value) !== value) fits32 = false;
    if (Object.is(value, -0)) negativeZero = true;
  }
  const floatBytes = fits32 ? 4 : 8;
  // Integers have no -0: only the byte strings keep it.
  return negativeZero ? floatsItem(values, floatBytes) : smallestItem(values, floatBytes);
}

function smallestItem(values: Float64Array, floatBytes: 4 | 8): Item {
  const floats = 3 + stringBytes(floatBytes * values.length);
  const plain = plainBytes(values);
  const scaled = decimals(values);
  if (scaled !== null && decimalBytes(scaled) < Math.min(plain, floats)) return decimalItem(scaled);
  return plain <= floats ? plainItem(values) : floatsItem(values, floatBytes);
}

function decimalItem({ exponent, mantissas }: Decimals): Item {
  return [exponent, ...mantissas.map((mantissa, i) => integerItem(mantissa - (mantissas[i - 1] ?? 0)))];
}

function decimalBytes({ mantissas }: Decimals): number {
  let bytes = headBytes(mantissas.length + 1) + 1;
  for (let i = 0; i < mantissas.length; i++)
    bytes += integerBytes((mantissas[i] ?? 0) - (mantissas[i - 1] ?? 0));
  return bytes;
}

function plainItem(values: Float64Array): Item {
  const items = Array.from(values, numberItem);
  return items.length === 1 ? (items[0] ?? null) : [null, ...items];
}

function plainBytes(values: Float64Array): number {
  let bytes = values.length === 1 ? 0 : headBytes(values.length + 1) + 1;
  for (const value of values) {
    bytes += Number.isSafeInteger(value) ? integerBytes(value) : 9;
  }
  return bytes;
}

function floatsItem(values: Float64Array, size: 4 | 8): Item {
  const bytes = new Uint8Array(size * values.length);
  const view = new DataView(bytes.buffer);
  for (let i = 0; i < values.length; i++) {
    if (size === 4) view.setFloat32(4 * i, values[i] ?? 0);
    else view.setFloat64(8 * i, values[i] ?? 0);
  }
  return [size === 4 ? FLOAT32 : FLOAT64, bytes];
}

function integerBytes(value: number): number {
  return headBytes(value < 0 ? -1 - value : value);
}

function stringBytes(length: number): number {
  return headBytes(length) + length;
}

/** Bytes of a CBOR head with this argument (RFC 8949, section 3). */
function headBytes(argument: number): number {
  if (argument < 24) return 1;
  if (argument < 0x100) return 2;
  if (argument < 0x1_0000) return 3;
  return argument < 0x1_0000_0000 ? 5 : 9;
}
