/**
 * The registry on disk: `registry` and, for when that is damaged, the one before it, `registry.previous`.
 *
 *   0  8 bytes "WEIRREG1"   8  u32 length of the body   12  u32 CRC-32 of the body   16  the body: a snapshot in CBOR
 *
 * Little-endian. Written whole and renamed into place. If neither file can be used, the log from its start is.
 */
import { join } from 'node:path';
import { crc32 } from 'node:zlib';
import { nodeFiles, readFile, replaceFile, type FileSystem } from '@weir/log';
import { messageOf, systemCode } from '@weir/runtime';
import { Decoder, Encoder } from 'cbor-x';
import { snapshotSchema, type Snapshot } from './snapshot.js';

const MAGIC = 'WEIRREG1';
const HEADER_BYTES = 16;
const options = { useRecords: false, mapsAsObjects: true, int64AsNumber: true };
const encoder = new Encoder(options);
const decoder = new Decoder(options);

/** A file that could not be used, for the operator. */
export interface CheckpointFault {
  readonly path: string;
  readonly reason: string;
}

export interface LoadedCheckpoint {
  readonly snapshot: Snapshot | null;
  readonly faults: readonly CheckpointFault[];
}

export class CheckpointFiles {
  readonly path: string;
  readonly previousPath: string;
  readonly #files: FileSystem;

  constructor(dataDir: string, files: FileSystem = nodeFiles) {
    this.#files = files;
    this.path = join(dataDir, 'registry');
    this.previousPath = join(dataDir, 'registry.previous');
  }

  /** The newest snapshot that is whole. Absent files are no fault; a damaged one is reported. */
  async load(): Promise<LoadedCheckpoint> {
    const faults: CheckpointFault[] = [];
    for (const path of [this.path, this.previousPath]) {
      try {
        return { snapshot: decodeCheckpoint(await readFile(this.#files, path)), faults };
      } catch (error) {
        if (systemCode(error) !== 'ENOENT') faults.push({ path, reason: messageOf(error) });
      }
    }
    return { snapshot: null, faults };
  }

  /** Writes a snapshot; the one before it is kept. On disk when this resolves. */
  async save(snapshot: Snapshot): Promise<void> {
    const bytes = encodeCheckpoint(snapshot);
    try {
      await this.#files.rename(this.path, this.previousPath);
    } catch (error) {
      if (systemCode(error) !== 'ENOENT') throw error;
    }
    await replaceFile(this.#files, this.path, bytes);
  }
}

export function encodeCheckpoint(snapshot: Snapshot): Uint8Array {
  const body = encoder.encode(snapshot);
  const bytes = Buffer.alloc(HEADER_BYTES + body.length);
  bytes.write(MAGIC, 0, 'latin1');
  bytes.writeUInt32LE(body.length, 8);
  bytes.writeUInt32LE(crc32(body), 12);
  bytes.set(body, HEADER_BYTES);
  return bytes;
}

export function decodeCheckpoint(bytes: Buffer): Snapshot {
  if (bytes.toString('latin1', 0, 8) !== MAGIC) throw new RangeError(`does not begin with ${MAGIC}`);
  const length = bytes.readUInt32LE(8);
  if (bytes.length !== HEADER_BYTES + length) {
    throw new RangeError(`${bytes.length} bytes where its header says ${HEADER_BYTES + length}`);
  }
  const body = bytes.subarray(HEADER_BYTES);
  if (crc32(body) !== bytes.readUInt32LE(12)) throw new RangeError('the checksum does not match');
  return snapshotSchema.parse(decoder.decode(body));
}
