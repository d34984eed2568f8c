/**
 * Is a piece of memory exactly one well-formed CBOR item (RFC 8949, appendix C) of the plain kind? Checked before it is
 * decoded, so that lengths that lie, deep nesting, tags and a decoder's private extensions never reach the decoder.
 *
 * Taken: integers, UTF-8 and byte strings, arrays, maps (of definite or indefinite length), false, true, null,
 * undefined, floats. Not taken: tags, other simple values, strings in chunks, more than DEPTH_MAX levels.
 */
import { isUtf8 } from 'node:buffer';

const DEPTH_MAX = 8;
const INDEFINITE = 31;
const BREAK = 0xff;

/** Null when it is; else what is wrong. */
export function faultOfCbor(bytes: Buffer): string | null {
  const walk = new Walk(bytes);
  if (!walk.item(1)) return walk.fault;
  return walk.at === bytes.length ? null : 'bytes after the CBOR item';
}

class Walk {
  readonly #bytes: Buffer;
  at = 0;
  fault = 'CBOR ends too early';

  constructor(bytes: Buffer) {
    this.#bytes = bytes;
  }

  /** Passes over one item; false when there is none. */
  item(depth: number): boolean {
    const initial = this.#bytes[this.at++];
    if (initial === undefined) return false;
    const major = initial >> 5;
    const info = initial & 31;
    if (depth > DEPTH_MAX) return this.#wrong(`CBOR nested deeper than ${DEPTH_MAX}`);
    if (major === 6) return this.#wrong('a CBOR tag');
    if (major === 7) return this.#simple(info);
    if (info === INDEFINITE && (major === 4 || major === 5)) return this.#untilBreak(major - 3, depth);
    const argument = this.#argument(info);
    if (argument < 0) return false;
    if (major < 2) return true;
    return major < 4 ? this.#string(argument, major === 3) : this.#items(argument * (major - 3), depth);
  }

  #wrong(fault: string): false {
    this.fault = fault;
    return false;
  }

  /** False, true, null, undefined and floats of 16, 32 and 64 bits. */
  #simple(info: number): boolean {
    if (info >= 25 && info <= 27) return this.#skip(2 ** (info - 24));
    return (info >= 20 && info <= 23) || this.#wrong('a CBOR simple value');
  }

  #skip(count: number): boolean {
    this.at += count;
    return this.at <= this.#bytes.length;
  }

  /** The argument of the head, or -1 when it is cut or of no kind. */
  #argument(info: number): number {
    if (info < 24) return info;
    if (info > 27) {
      this.#wrong('a CBOR head of no kind');
      return -1;
    }
    const width = 2 ** (info - 24);
    let value = 0;
    for (let i = 0; i < width; i++) value = value * 256 + (this.#bytes[this.at + i] ?? 0);
    return this.#skip(width) ? value : -1;
  }

  #string(length: number, text: boolean): boolean {
    const start = this.at;
    if (!this.#skip(length)) return false;
    return (
      !text || isUtf8(this.#bytes.subarray(start, this.at)) || this.#wrong('CBOR text that is not UTF-8')
    );
  }

  #items(count: number, depth: number): boolean {
    if (count > this.#bytes.length - this.at) return false;
    for (let i = 0; i < count; i++) if (!this.item(depth + 1)) return false;
    return true;
  }

  /** Items in groups of `group` (2 in a map) up to the break. */
  #untilBreak(group: number, depth: number): boolean {
    while (this.#bytes[this.at] !== BREAK) {
      for (let i = 0; i < group; i++) if (!this.item(depth + 1)) return false;
    }
    this.at++;
    return true;
  }
}
