/**
 * How far a reader got, in a file of its own: 20 bytes, little-endian, replaced as a whole.
 *
 *   0  8  magic "weir cur"      8  u64  value      16  u32  CRC-32 of bytes 0 to 15
 *
 * A damaged file is an error, never a guess: a cursor that jumps back repeats records, one that jumps forward loses them.
 * Whoever can bear a repetition may begin again with `Cursor.create`.
 */
import { WeirError, systemCode } from '@weir/runtime';
import { crc32 } from './crc32.js';
import { checkOffset, ioError } from './faults.js';
import type { FileSystem } from './files.js';
import { nodeFiles } from './node-files.js';
import { readFile, replaceFile } from './whole-file.js';

const BYTES = 20;
const CRC_AT = 16;
const MAGIC = Buffer.from('weir cur', 'latin1');

export class Cursor {
  readonly #path: string;
  readonly #files: FileSystem;
  #value: number;
  #saving: Promise<void> = Promise.resolve();
  #wanted: number | null = null;

  /** Reads the cursor kept at a path; 0 where there is none. Throws `log.cursor_damaged`, `log.io`. */
  static async open(
    path: string,
    { files = nodeFiles }: { readonly files?: FileSystem } = {},
  ): Promise<Cursor> {
    return new Cursor(path, files, await readCursor(path, files));
  }

  /** A cursor at 0, whatever is kept at the path; that stays until the first `save`. */
  static create(path: string, { files = nodeFiles }: { readonly files?: FileSystem } = {}): Cursor {
    return new Cursor(path, files, 0);
  }

  private constructor(path: string, files: FileSystem, value: number) {
    this.#path = path;
    this.#files = files;
    this.#value = value;
  }

  /** The value last saved. */
  get value(): number {
    return this.#value;
  }

  /**
   * Keeps a value; it is on disk when this resolves. Of several calls while one is being written only the last is
   * written, and all of them resolve with it. Rejects with `log.io`, when the kept value is the old one or this, and with
   * `log.bad_offset`.
   */
  async save(value: number): Promise<void> {
    checkOffset(value);
    const follows = this.#wanted !== null;
    this.#wanted = value;
    const write = (): Promise<void> => this.#write();
    if (!follows) this.#saving = this.#saving.then(write, write);
    await this.#saving;
  }

  async #write(): Promise<void> {
    const value = this.#wanted;
    this.#wanted = null;
    if (value === null) return;
    try {
      await replaceFile(this.#files, this.#path, encode(value));
    } catch (error) {
      throw ioError('keep the cursor', this.#path, error);
    }
    this.#value = value;
  }
}

function encode(value: number): Uint8Array {
  const bytes = Buffer.alloc(BYTES);
  MAGIC.copy(bytes);
  bytes.writeBigUInt64LE(BigInt(value), 8);
  bytes.writeUInt32LE(crc32(bytes, 0, CRC_AT, 0), CRC_AT);
  return bytes;
}

async function readCursor(path: string, files: FileSystem): Promise<number> {
  let bytes: Buffer;
  try {
    bytes = await readFile(files, path);
  } catch (error) {
    if (systemCode(error) === 'ENOENT') return 0;
    throw ioError('read the cursor', path, error);
  }
  const whole = bytes.length === BYTES && bytes.subarray(0, MAGIC.length).equals(MAGIC);
  if (!whole || bytes.readUInt32LE(CRC_AT) !== crc32(bytes, 0, CRC_AT, 0)) {
    const message = `${path} is damaged; remove it to begin again at the start of the log`;
    throw new WeirError('log.cursor_damaged', message, { details: { file: path } });
  }
  return Number(bytes.readBigUInt64LE(8));
}
