/**
 * Records that are appended and not yet durable, framed as they will stand in the file.
 *
 *   [....piece][piece][piece....] <- append copies here
 *    ^ released \____ take ____/     written and synced as one group; they stay until `release`
 *
 * The bytes lie in chunks. A record never spans chunks, so a group and a segment can end at any chunk's end. What arrives
 * while a group is written goes on behind it in the same chunk: however often a group has to be written again, the memory
 * taken is that of the bytes held and less than two chunks. Chunks are reused; nothing is allocated for a record.
 */
import { RECORD_HEADER_BYTES, sealRecord } from './record.js';

interface Chunk {
  readonly bytes: Uint8Array;
  /** Bytes before this are released. */
  start: number;
  used: number;
}

/** Free chunks kept for reuse. */
const FREE_MAX = 16;
/** Most pieces in one group, so that it is one writev call. */
const GROUP_PIECES_MAX = 512;
/** Up to here a loop copies faster than a call of `set`. */
const LOOP_COPY_BYTES_MAX = 48;

export class Staging {
  readonly #chunkBytes: number;
  /** Oldest first; the last one is appended to. */
  readonly #chunks: Chunk[] = [];
  readonly #free: Chunk[] = [];
  #last: Chunk | null = null;
  #bytes = 0;

  constructor(chunkBytes: number) {
    this.#chunkBytes = chunkBytes;
  }

  /** Bytes held, record headers included. */
  get bytes(): number {
    return this.#bytes;
  }

  /** Bytes of the oldest piece, which `take` does not divide. */
  get firstPieceBytes(): number {
    const first = this.#chunks[0];
    return first === undefined ? 0 : first.used - first.start;
  }

  /** Adds one record of `length` bytes in these parts, which will stand at `offset` of the log. */
  append(parts: readonly Uint8Array[], length: number, offset: number): void {
    const framed = RECORD_HEADER_BYTES + length;
    let chunk = this.#last;
    if (chunk === null || chunk.used + framed > chunk.bytes.length) chunk = this.#addChunk(framed);
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

  /** The oldest pieces that fit in `room` bytes, and one in any case. They stay here until released. */
  take(room: number): Uint8Array[] {
    const group: Uint8Array[] = [];
    let total = 0;
    for (const chunk of this.#chunks) {
      total += chunk.used - chunk.start;
      if (group.length > 0 && (total > room || group.length === GROUP_PIECES_MAX)) break;
      group.push(chunk.bytes.subarray(chunk.start, chunk.used));
    }
    return group;
  }

  /** Drops the oldest bytes, a group that is durable now. */
  release(bytes: number): void {
    this.#bytes -= bytes;
    let left = bytes;
    for (let chunk = this.#chunks[0]; chunk !== undefined && left > 0; chunk = this.#chunks[0]) {
      const dropped = Math.min(left, chunk.used - chunk.start);
      left -= dropped;
      chunk.start += dropped;
      if (chunk.start < chunk.used) return;
      this.#recycle(chunk);
    }
  }

  #recycle(chunk: Chunk): void {
    chunk.start = chunk.used = 0;
    this.#chunks.shift();
    if (chunk === this.#last) this.#last = null;
    if (chunk.bytes.length === this.#chunkBytes && this.#free.length < FREE_MAX) this.#free.push(chunk);
  }

  #addChunk(framed: number): Chunk {
    const reused = framed <= this.#chunkBytes ? this.#free.pop() : undefined;
    const bytes = reused?.bytes ?? Buffer.allocUnsafeSlow(Math.max(framed, this.#chunkBytes));
    const chunk = reused ?? { bytes, start: 0, used: 0 };
    this.#chunks.push(chunk);
    this.#last = chunk;
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
