/**
 * Any CBOR item (RFC 8949) of the kinds that SenML uses, as a plain value: integers, floats, texts, byte strings,
 * booleans, null, arrays, maps (as Map), of definite or indefinite length, and decimal fractions (tag 4).
 * Every length is checked against the bytes that are there before any room is made.
 */
import { ErrorCode, ProtocolError } from '@weir/protocol';

const DEPTH_MAX = 8;
const BREAK = Symbol('break');
const INDEFINITE = -1;
const DECIMAL_FRACTION = 4;

/** Decodes exactly one item. Throws ProtocolError `malformed` (value: byte offset) or `tooDeep`. */
export function decodeCborValue(bytes: Uint8Array): unknown {
  const reader = new ValueReader(bytes);
  const value = reader.item(0);
  if (value === BREAK) throw malformed(0, 'a break outside an array or map');
  if (reader.at < bytes.length) throw malformed(reader.at, 'bytes follow the end of the item');
  return value;
}

class ValueReader {
  readonly bytes: Uint8Array;
  readonly view: DataView;
  at = 0;

  constructor(bytes: Uint8Array) {
    this.bytes = bytes;
    this.view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  }

  item(depth: number): unknown {
    if (depth > DEPTH_MAX) {
      const message = `items nested deeper than ${DEPTH_MAX}`;
      throw new ProtocolError(ErrorCode.tooDeep, message, { limit: DEPTH_MAX, value: depth });
    }
    const start = this.at;
    const initial = this.take(1);
    const major = initial >> 5;
    const info = initial & 0x1f;
    if (major === 7) return this.simple(info, start);
    const argument = this.argument(major, info, start);
    if (major === 0) return argument;
    if (major === 1) return -1 - argument;
    if (major === 2) return this.string(argument, depth);
    if (major === 3) return new TextDecoder('utf-8', { fatal: false }).decode(this.string(argument, depth));
    if (major === 4) return this.array(argument, depth);
    if (major === 5) return this.map(argument, depth);
    return this.tagged(argument, depth, start);
  }

  private argument(major: number, info: number, start: number): number {
    if (info < 24) return info;
    if (info === 24) return this.take(1);
    if (info === 25) return this.take(2);
    if (info === 26) return this.take(4);
    if (info === 27) return this.take(4) * 2 ** 32 + this.take(4);
    if (info === 31 && major >= 2 && major <= 5) return INDEFINITE;
    throw malformed(start, 'a reserved head');
  }

  private simple(info: number, start: number): unknown {
    if (info === 20) return false;
    if (info === 21) return true;
    if (info === 22 || info === 23) return null;
    if (info === 25) return half(this.take(2));
    if (info === 31) return BREAK;
    if (info !== 26 && info !== 27) throw malformed(start, 'an unknown simple value');
    const at = this.at;
    this.take(info === 26 ? 4 : 8);
    return info === 26 ? this.view.getFloat32(at) : this.view.getFloat64(at);
  }

  private string(length: number, depth: number): Uint8Array {
    if (length !== INDEFINITE) {
      const start = this.at;
      this.skip(length);
      return this.bytes.subarray(start, this.at);
    }
    const parts: Uint8Array[] = [];
    for (let part = this.item(depth + 1); part !== BREAK; part = this.item(depth + 1)) {
      parts.push(
        typeof part === 'string' ? Buffer.from(part) : part instanceof Uint8Array ? part : Buffer.alloc(0),
      );
    }
    return Buffer.concat(parts);
  }

  private array(length: number, depth: number): unknown[] {
    const values: unknown[] = [];
    this.room(length, 1);
    while (values.length !== length) {
      const value = this.item(depth + 1);
      if (value === BREAK) {
        if (length === INDEFINITE) return values;
        throw malformed(this.at - 1, 'a break in an array of definite length');
      }
      values.push(value);
    }
    return values;
  }

  private map(length: number, depth: number): Map<unknown, unknown> {
    const entries = new Map<unknown, unknown>();
    this.room(length, 2);
    for (let i = 0; i !== length; i++) {
      const key = this.item(depth + 1);
      if (key === BREAK && length === INDEFINITE) return entries;
      const value = key === BREAK ? BREAK : this.item(depth + 1);
      if (value === BREAK) throw malformed(this.at - 1, 'a break in the midst of a map');
      entries.set(key, value);
    }
    return entries;
  }

  private tagged(tag: number, depth: number, start: number): unknown {
    const value = this.item(depth + 1);
    if (tag === DECIMAL_FRACTION && Array.isArray(value)) {
      const [exponent, mantissa] = value as unknown[];
      if (typeof exponent === 'number' && typeof mantissa === 'number')
        return Number(`${mantissa}e${exponent}`);
    }
    throw malformed(start, `tag ${tag}`);
  }

  /** Each element takes a byte at least. */
  private room(length: number, bytesEach: number): void {
    if (length !== INDEFINITE && length * bytesEach > this.bytes.length - this.at)
      throw malformed(this.at, 'truncated');
  }

  private skip(length: number): void {
    if (length > this.bytes.length - this.at) throw malformed(this.bytes.length, 'truncated');
    this.at += length;
  }

  /** The next `length` bytes (up to four; of eight only the place matters) as an unsigned number. */
  private take(length: number): number {
    const at = this.at;
    this.skip(length);
    let value = 0;
    for (let i = at; i < this.at; i++) value = value * 256 + (this.bytes[i] ?? 0);
    return value;
  }
}

/** A half-precision float (RFC 8949, appendix D). */
function half(bits: number): number {
  const exponent = (bits >> 10) & 0x1f;
  const mantissa = bits & 0x3ff;
  const sign = bits & 0x8000 ? -1 : 1;
  if (exponent === 0) return sign * mantissa * 2 ** -24;
  if (exponent === 31) return mantissa === 0 ? sign * Infinity : Number.NaN;
  return sign * (mantissa + 1024) * 2 ** (exponent - 25);
}

function malformed(offset: number, reason: string): ProtocolError {
  return new ProtocolError(ErrorCode.malformed, `malformed at byte ${offset}: ${reason}`, { value: offset });
}
