import { ItemReader, Major } from './item-reader.js';
import { checkItem } from './check.js';
import { LIMITS } from './limits.js';

/**
 * A frame in diagnostic notation (RFC 8949, section 8), for people. Encoding indicators are given for every float
 * and for integers that are longer than they need be, so that the text determines the bytes:
 * `21.5_1` takes two bytes, `21.5_2` four and `21.5_3` eight.
 */
export function diagnostic(bytes: Uint8Array): string {
  checkItem(bytes, LIMITS);
  return print(new ItemReader(bytes));
}

function print(reader: ItemReader): string {
  const start = reader.at;
  reader.head();
  const { major, info, argument } = reader;
  if (major === Major.uint) return `${argument}${indicator(info, argument)}`;
  if (major === Major.negative) return `${-1 - argument}${indicator(info, argument)}`;
  if (major === Major.array) {
    return `[${Array.from({ length: argument }, () => print(reader)).join(', ')}]${indicator(info, argument)}`;
  }
  reader.at = start;
  if (major === Major.text) return JSON.stringify(reader.text('', true)) + indicator(info, argument);
  if (major === Major.bytes) {
    const from = reader.string(Major.bytes, '');
    const hex = Buffer.from(reader.bytes.subarray(from, reader.at)).toString('hex');
    return `h'${hex}'${indicator(info, argument)}`;
  }
  return printSimple(reader, info);
}

function printSimple(reader: ItemReader, info: number): string {
  if (reader.passNull()) return 'null';
  if (reader.isBoolean()) return String(reader.boolean(''));
  const value = reader.float();
  const digits = Object.is(value, -0) ? '-0' : String(value);
  return `${/^-?\d+$/.test(digits) ? `${digits}.0` : digits}_${info - 24}`;
}

/** Nothing for the shortest head, else `_` and the base-2 logarithm of the bytes of the argument. */
function indicator(info: number, argument: number): string {
  const least =
    argument < 24
      ? 23
      : argument < 0x100
        ? 24
        : argument < 0x1_0000
          ? 25
          : argument < 0x1_0000_0000
            ? 26
            : 27;
  return info > least ? `_${info - 24}` : '';
}
