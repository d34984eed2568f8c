import { ProtocolError, malformed, outOfRange, wrongType } from './protocol-error.js';
import { ErrorCode } from './codes.js';

/** CBOR's major types (RFC 8949, section 3.1) that Weir uses. */
export const Major = { uint: 0, negative: 1, bytes: 2, text: 3, array: 4, simple: 7 } as const;

const FALSE = 20;
const TRUE = 21;
const NULL = 22;
const FLOAT16 = 25;
const FLOAT32 = 26;
const FLOAT64 = 27;

const NO_BYTES = new Uint8Array(0);
const float = new DataView(new ArrayBuffer(8));

/**
 * Reads CBOR items one after the other, straight from the bytes and without allocating. Every read is bounded by
 * the end of the bytes. Lengths and text are for `checkItem` to verify first.
 */
export class ItemReader {
  bytes: Uint8Array = NO_BYTES;
  /** Offset of the next byte. */
  at = 0;
  /** Of the head read last: its offset, major type, five low bits, and argument (exact up to 2^53). */
  start = 0;
  major = 0;
  info = 0;
  argument = 0;

  constructor(bytes: Uint8Array, at = 0) {
    this.open(bytes, at);
  }

  /** Begins anew, with other bytes. */
  open(bytes: Uint8Array, at = 0): void {
    this.bytes = bytes;
    this.at = at;
  }

  /** Reads the next head, with the argument behind it. */
  head(): void {
    const { bytes } = this;
    this.start = this.at;
    if (this.at >= bytes.length) throw malformed(this.at, 'truncated');
    const initial = bytes[this.at++] ?? 0;
    this.major = initial >> 5;
    this.info = initial & 0x1f;
    this.argument = this.info < 24 ? this.info : this.longArgument();
  }

  private longArgument(): number {
    const { bytes, info, at } = this;
    if (info > 27) throw malformed(this.start, info === 31 ? 'indefinite length' : 'reserved head');
    this.at += 1 << (info - 24);
    if (this.at > bytes.length) throw malformed(bytes.length, 'truncated');
    if (info === 24) return bytes[at] ?? 0;
    if (info === 25) return ((bytes[at] ?? 0) << 8) | (bytes[at + 1] ?? 0);
    const high = word(bytes, at);
    return info === 26 ? high : high * 0x1_0000_0000 + word(bytes, at + 4);
  }

  /** Is the next item null? Then passes it. */
  passNull(): boolean {
    if (this.bytes[this.at] !== (Major.simple << 5) + NULL) return false;
    this.at++;
    return true;
  }

  /** Major type of the next item, without reading it. */
  nextMajor(): number {
    return (this.bytes[this.at] ?? 0) >> 5;
  }

  array(field: string): number {
    this.head();
    if (this.major !== Major.array) throw wrongType(field, 'an array');
    return this.argument;
  }

  /** An unsigned integer up to `max`. */
  uint(field: string, max = Number.MAX_SAFE_INTEGER): number {
    this.head();
    if (this.major === Major.negative) throw outOfRange(field, -1 - this.argument, 0);
    if (this.major !== Major.uint) throw wrongType(field, 'an unsigned integer');
    if (this.argument > max) throw outOfRange(field, this.argument, max);
    return this.argument;
  }

  integer(field: string): number {
    this.head();
    if (this.major === Major.uint) return this.argument;
    if (this.major !== Major.negative) throw wrongType(field, 'an integer');
    return -1 - this.argument;
  }

  /** An integer or a float; never NaN or an infinity. */
  number(field: string): number {
    if (this.nextMajor() !== Major.simple) return this.integer(field);
    const value = this.float();
    if (Number.isFinite(value)) return value;
    if (this.info < FLOAT16) throw wrongType(field, 'a number');
    throw notFinite(field, value);
  }

  /** A float of any size, NaN and infinities included; NaN for what is none. */
  float(): number {
    this.head();
    if (this.info === FLOAT64) {
      float.setUint32(0, word(this.bytes, this.start + 1));
      float.setUint32(4, word(this.bytes, this.start + 5));
      return float.getFloat64(0);
    }
    if (this.info === FLOAT32) {
      float.setUint32(0, this.argument);
      return float.getFloat32(0);
    }
    return this.info === FLOAT16 ? half(this.argument) : Number.NaN;
  }

  /** Is the next item false or true? Does not read it. */
  isBoolean(): boolean {
    const next = this.bytes[this.at];
    return next === (Major.simple << 5) + FALSE || next === (Major.simple << 5) + TRUE;
  }

  boolean(field: string): boolean {
    this.head();
    if (this.major === Major.simple && this.info === TRUE) return true;
    if (this.major === Major.simple && this.info === FALSE) return false;
    throw wrongType(field, 'true or false');
  }

  /** A text, decoded only where `wanted`: else it is passed over and the result is empty. */
  text(field: string, wanted: boolean): string {
    const start = this.string(Major.text, field);
    return wanted ? utf8.decode(this.bytes.subarray(start, this.at)) : '';
  }

  /** Offset of the first byte of a string; `argument` is its length and `at` its end. */
  string(major: number, field: string): number {
    this.head();
    if (this.major !== major) throw wrongType(field, major === Major.text ? 'a text' : 'a byte string');
    const start = this.at;
    this.at += this.argument;
    return start;
  }
}

const utf8 = new TextDecoder('utf-8', { ignoreBOM: true });

export function notFinite(field: string, value: number): ProtocolError {
  return new ProtocolError(ErrorCode.notFinite, `${field}: ${value} is not finite`, { value: String(value) });
}

/** Four bytes, big-endian, unsigned. */
function word(bytes: Uint8Array, at: number): number {
  const low = ((bytes[at + 1] ?? 0) << 16) | ((bytes[at + 2] ?? 0) << 8) | (bytes[at + 3] ?? 0);
  return (bytes[at] ?? 0) * 0x100_0000 + low;
}

/** A half-precision float from its sixteen bits (RFC 8949, appendix D). */
function half(bits: number): number {
  const exponent = (bits >> 10) & 0x1f;
  const mantissa = bits & 0x3ff;
  const sign = bits & 0x8000 ? -1 : 1;
  if (exponent === 0) return sign * mantissa * 2 ** -24;
  if (exponent === 31) return mantissa === 0 ? sign * Infinity : Number.NaN;
  return sign * (mantissa + 1024) * 2 ** (exponent - 25);
}
