/**
 * Records that are appended and not yet durable, framed as they will stand in the file.
 *
 *   oldest [chunk][chunk][chunk, open] <- append copies here
 *           \____ take ____/  written and synced as one group, kept until `release`
 *
 * A record never spans chunks, so a group and a segment can end at any chunk's end. Taking the open chunk closes it: what
 * arrives during the sync goes to a fresh one. Chunks are reused; nothing is allocated for a record.
 */
import { RECORD_HEADER_BYTES, sealRecord } from './record.js';

interface Chunk {
  readonly bytes: Uint8Array;
  used: number;
}

/** Free chunks kept for reuse. */
const FREE_MAX = 16;
/** Most chunks in one group, so that it is one writev call. */
const GROUP_CHUNKS_MAX = 512;
/** Up to here a loop copies faster than a call of `set`. */
const LOOP_COPY_BYTES_MAX = 48;

export class Staging {
  readonly #chunkBytes: number;
  readonly #chunks: Chunk[] = [];
  readonly #free: Chunk[] = [];
  #open: Chunk | null = null;
  #bytes = 0;

  constructor(chunkBytes: number) {
    this.#chunkBytes = chunkBytes;
  }

  /** Bytes held, record headers included. */
  get bytes(): number {
    return this.#bytes;
  }

  /** Bytes of the next piece that `take` cannot divide. */
  get firstChunkBytes(): number {
    return this.#chunks[0]?.used ?? 0;
  }

  /** Adds one record of `length` bytes in these parts, which will stand at `offset` of the log. */
  append(parts: readonly Uint8Array[], length: number, offset: number): void {
    const framed = RECORD_HEADER_BYTES + length;
    let chunk = this.#open;
    if (chunk === null || chunk.used + framed > chunk.bytes.length) chunk = this.#openChunk(framed);
    const start = chunk.used;
    let at = start + RECORD_HEADER_BYTES;
    for (const part of parts) {
      copy(part, chunk.bytes, at);
      at += part.length;
    }
    sealRecord(chunk.bytes, start, length, offset);
    chunk.used = at;
    this.#bytes += framed;
  }

  /** The oldest whole chunks that fit in `room` bytes, and one in any case. They stay here until released. */
  take(room: number): Uint8Array[] {
    const group: Uint8Array[] = [];
    let total = 0;
    for (const chunk of this.#chunks) {
      total += chunk.used;
      if (group.length > 0 && (total > room || group.length === GROUP_CHUNKS_MAX)) break;
      group.push(chunk.bytes.subarray(0, chunk.used));
      if (chunk === this.#open) this.#open = null;
    }
    return group;
  }

  /** Drops the oldest chunks, which are durable now. */
  release(count: number): void {
    for (const chunk of this.#chunks.splice(0, count)) {
      this.#bytes -= chunk.used;
      chunk.used = 0;
      if (chunk.bytes.length === this.#chunkBytes && this.#free.length < FREE_MAX) this.#free.push(chunk);
    }
  }

  #openChunk(framed: number): Chunk {
    const reused = framed <= this.#chunkBytes ? this.#free.pop() : undefined;
    const chunk = reused ?? { bytes: Buffer.allocUnsafeSlow(Math.max(framed, this.#chunkBytes)), used: 0 };
    this.#chunks.push(chunk);
    this.#open = chunk;
    return chunk;
  }
}

function copy(part: Uint8Array, into: Uint8Array, at: number): void {
  if (part.length > LOOP_COPY_BYTES_MAX) {
    into.set(part, at);
    return;
  }
  for (let i = 0; i < part.length; i++) into[at + i] = part[i] ?? 0;
}
