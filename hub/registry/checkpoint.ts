/**
 * The registry on disk: `registry` and, for when that is damaged, the one before it, `registry.previous`.
 *
 *   "WEIRREG2" [block][block] ... [last block]       block: u32 length n, u32 CRC-32 of the body, the body of n bytes
 *
 * Little-endian. A body is a CBOR sequence (RFC 8742): of devices, in the last block of the summary alone (snapshot.ts).
 * Written block by block beside the old one and renamed into place once whole, so neither writing nor reading one holds
 * more than a block in memory. If neither file can be used, the log from its start is.
 */
import { dirname, join } from 'node:path';
import { crc32 } from 'node:zlib';
import { nodeFiles, writeFully, type FileSystem, type OpenFile } from '@weir/log';
import { messageOf, systemCode } from '@weir/runtime';
import { Decoder, Encoder } from 'cbor-x';
import type { Slice } from './capture.js';
import { Registry, type RegistryLimits } from './registry.js';
import { restoreDevice, restoreSummary, type Summary } from './snapshot.js';

const MAGIC = Buffer.from('WEIRREG2', 'latin1');
const BLOCK_HEADER_BYTES = 8;
/** No block is longer: a device has an end, too (dedup-bounds.ts), and a damaged length must not ask for gigabytes. */
const BLOCK_BYTES_MAX = 64 * 2 ** 20;
const options = { useRecords: false, mapsAsObjects: true, int64AsNumber: true };
const encoder = new Encoder(options);
const decoder = new Decoder(options);

/** A file that could not be used, for the operator. */
export interface CheckpointFault {
  readonly path: string;
  readonly reason: string;
}

/** Tables as a checkpoint has them. */
export interface Checkpoint extends Summary {
  readonly registry: Registry;
  /** By device id: its records that end at or before this offset are in the tables. */
  readonly takenAt: ReadonlyMap<number, number>;
}

export interface LoadedCheckpoint {
  readonly checkpoint: Checkpoint | null;
  readonly faults: readonly CheckpointFault[];
}

export class CheckpointFiles {
  readonly path: string;
  readonly previousPath: string;
  readonly #files: FileSystem;

  constructor(dataDir: string, files: FileSystem = nodeFiles) {
    this.path = join(dataDir, 'registry');
    this.previousPath = join(dataDir, 'registry.previous');
    this.#files = files;
  }

  /** The newest checkpoint that is whole. Absent files are no fault; a damaged one is reported. */
  async load(limits: RegistryLimits): Promise<LoadedCheckpoint> {
    const faults: CheckpointFault[] = [];
    for (const path of [this.path, this.previousPath]) {
      try {
        return { checkpoint: await this.#read(path, limits), faults };
      } catch (error) {
        if (systemCode(error) !== 'ENOENT') faults.push({ path, reason: messageOf(error) });
      }
    }
    return { checkpoint: null, faults };
  }

  /** Writes a checkpoint; the one before it is kept. On disk when this resolves. */
  async save(slices: AsyncIterable<Slice>): Promise<Summary> {
    const draft = `${this.path}.new`;
    try {
      const summary = await this.#write(draft, slices);
      await this.#rename(this.path, this.previousPath);
      await this.#files.rename(draft, this.path);
      await this.#files.syncDir(dirname(this.path));
      return summary;
    } catch (error) {
      await this.#files.remove(draft).catch(() => undefined);
      throw error;
    }
  }

  async #write(path: string, slices: AsyncIterable<Slice>): Promise<Summary> {
    let summary: Summary | null = null;
    const file = await this.#files.open(path, 'create');
    try {
      let at = await writeAll(file, MAGIC, 0);
      for await (const slice of slices) {
        if ('summary' in slice) summary = slice.summary;
        at += await writeAll(file, blockOf('summary' in slice ? [slice.summary] : slice.devices), at);
      }
      await file.sync();
    } finally {
      await file.close();
    }
    if (summary === null) throw new RangeError('a checkpoint without a summary');
    return summary;
  }

  async #rename(from: string, to: string): Promise<void> {
    try {
      await this.#files.rename(from, to);
    } catch (error) {
      if (systemCode(error) !== 'ENOENT') throw error;
    }
  }

  async #read(path: string, limits: RegistryLimits): Promise<Checkpoint> {
    const file = await this.#files.open(path, 'read');
    try {
      return await readCheckpoint(file, new Registry(limits));
    } finally {
      await file.close();
    }
  }
}

async function readCheckpoint(file: OpenFile, registry: Registry): Promise<Checkpoint> {
  const takenAt = new Map<number, number>();
  const size = await file.size();
  if (!(await bytesAt(file, 0, MAGIC.length)).equals(MAGIC))
    throw new RangeError(`does not begin with ${MAGIC.toString()}`);
  for (let at = MAGIC.length; ;) {
    const body = await readBlock(file, at, size);
    at += BLOCK_HEADER_BYTES + body.length;
    const values: unknown[] = body.length === 0 ? [] : (decoder.decodeMultiple(body) ?? []);
    if (at === size) return { registry, takenAt, ...restoreSummary(registry, values[0]) };
    for (const value of values) {
      const restored = restoreDevice(registry, value);
      takenAt.set(restored.id, restored.takenAt);
    }
  }
}

async function readBlock(file: OpenFile, at: number, size: number): Promise<Buffer> {
  const header = await bytesAt(file, at, BLOCK_HEADER_BYTES);
  const length = header.readUInt32LE(0);
  if (length > BLOCK_BYTES_MAX || at + BLOCK_HEADER_BYTES + length > size)
    throw new RangeError(`a block of ${length} bytes at ${at} in a file of ${size}`);
  const body = await bytesAt(file, at + BLOCK_HEADER_BYTES, length);
  if (crc32(body) !== header.readUInt32LE(4)) throw new RangeError(`the checksum at ${at} does not match`);
  return body;
}

async function bytesAt(file: OpenFile, at: number, length: number): Promise<Buffer> {
  const bytes = Buffer.allocUnsafe(length);
  const read = await file.read(bytes, at);
  if (read < length) throw new RangeError(`ends after ${at + read} bytes, without its summary`);
  return bytes;
}

function blockOf(values: readonly unknown[]): Buffer {
  const body = Buffer.concat(values.map((value) => encoder.encode(value)));
  const header = Buffer.alloc(BLOCK_HEADER_BYTES);
  header.writeUInt32LE(body.length, 0);
  header.writeUInt32LE(crc32(body), 4);
  return Buffer.concat([header, body]);
}

async function writeAll(file: OpenFile, bytes: Uint8Array, position: number): Promise<number> {
  await writeFully(file, [bytes], position);
  return bytes.length;
}
