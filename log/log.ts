/**
 * # The durable log
 *
 * One append-only log of records in a directory. The hub's log and the agent's spool are both this.
 *
 *   DIR/lock                       names the process that writes
 *   DIR/00000000000000000000.log   [header 64 B][record][record] ...
 *   DIR/00000000000067108854.log   [header 64 B][record] ... <- appended here
 *
 *   append --> staging (memory) --group--> write + fdatasync --> durable --> onDurable, read, LogReader
 *
 * ## Format
 * Little-endian. Segment header: segment.ts. Record, 8 bytes and the data: record.ts. A record is at most 2 MiB - 1 B.
 *
 * ## Offsets
 * An offset is a logical position: the count of record bytes (8 of header and the data, file headers not counted) since
 * the log's first record. A segment is named by the offset of its first record, so within it
 *   position in file = 64 + (offset - base)
 * and it ends where the next segment's base begins. What its file holds behind that was given up by the writer and is not
 * part of the log. Offsets only grow, up to 2^53, are never given to two durable records, and need not be dense: after a
 * loss on the medium the next base may lie beyond the last record (`floor`).
 *
 * ## Invariants
 * - `start <= durable <= end`. [start, durable) survives a power cut; [durable, end) is memory, at most maxPendingBytes.
 * - A listener told `durable`, and a record read, is on disk: written, fdatasynced, its file's name synced.
 * - Order of append is the order of the log. Nothing torn is ever read: every read checks every record.
 * - After an error in write or sync nothing is assumed of what was written; it is written anew (committer.ts).
 * - Damage is told with file, position, offset and length (`problems`, the logger, `skipped` of each batch). It costs the
 *   records it touches and no other.
 * - One writer per directory (lock-file.ts); readers in other threads and processes need no lock (log-reader.ts).
 *
 * ## Limits
 * - A disk that confirms what it has not kept can still lose the end. `floor` then keeps its offsets from being reused.
 * - A sync covers the last, partly filled block of the file again; a medium that destroys a block while rewriting it can
 *   damage the last records in it. That is found and told, as any damage.
 */
import { join } from 'node:path';
import { WeirError, bootId, messageOf, silentLogger, systemClock, systemTimers } from '@weir/runtime';
import type { Clock, Logger, Timers } from '@weir/runtime';
import { BATCH_BYTES, readBatch } from './batch-reader.js';
import type { LogBatch } from './batch-reader.js';
import { Committer } from './committer.js';
import type { LogState } from './committer.js';
import type { FileSystem } from './files.js';
import { Listeners } from './listeners.js';
import { nodeFiles } from './node-files.js';
import { ProblemList } from './problems.js';
import type { Problem } from './problems.js';
import { MAX_RECORD_BYTES, RECORD_HEADER_BYTES } from './record.js';
import { recover } from './recovery.js';
import type { Recovered } from './recovery.js';
import { dropSegments, expiredBefore, spansEnough } from './retention.js';
import type { DroppedRange, Retention } from './retention.js';
import { birthNow } from './segment.js';
import type { Birth } from './segment.js';
import { SegmentList } from './segment-list.js';
import { SegmentReader } from './segment-reader.js';
import { SegmentWriter } from './segment-writer.js';
import { Staging } from './staging.js';

export interface LogOptions {
  /** A segment ends before it grows beyond this. Default 64 MiB, or an eighth of `retention.bytes` if that is less. */
  readonly segmentBytes?: number;
  /** Waits this long for more records before each write, to spare an SD card. Default 0. */
  readonly commitDelayMs?: number;
  /** Most bytes appended and not yet durable. Default 32 MiB. */
  readonly maxPendingBytes?: number;
  /** What `enforceRetention` keeps. Default: everything. */
  readonly retention?: Retention;
  /** The highest offset that any reader has kept. Should the log end before it, new records come behind it. Default 0. */
  readonly floor?: number;
  /** Time between tries while the disk is full or failing. Default 1 s. */
  readonly retryMs?: number;
  readonly files?: FileSystem;
  readonly clock?: Clock;
  readonly timers?: Timers;
  readonly logger?: Logger;
}

const SEGMENT_BYTES = 64 * 2 ** 20;
const SEGMENTS_PER_RETENTION = 8;
const PENDING_BYTES = 32 * 2 ** 20;
const RETRY_MS = 1_000;
const CHUNK_BYTES = 256 * 2 ** 10;

interface Flush {
  readonly target: number;
  readonly resolve: () => void;
  readonly reject: (error: WeirError) => void;
}

interface OpenedParts {
  readonly dir: string;
  readonly options: LogOptions;
  readonly files: FileSystem;
  readonly segments: SegmentList;
  readonly reader: SegmentReader;
  readonly problems: ProblemList;
  readonly recovered: Recovered;
  readonly written: { bytes: number };
  readonly unlock: () => Promise<void>;
}

export class Log {
  readonly #parts: OpenedParts;
  readonly #logger: Logger;
  readonly #clock: Clock;
  readonly #maxPendingBytes: number;
  readonly #staging: Staging;
  readonly #committer: Committer;
  readonly #durableListeners: Listeners<number>;
  readonly #stateListeners: Listeners<LogState>;
  #flushes: Flush[] = [];
  #end: number;
  #closing: Promise<void> | null = null;

  /**
   * Opens the log in a directory, which is made if need be: takes the lock, checks the last segment, cuts a torn tail.
   * Throws `log.locked` (another process has it), `log.unknown_version`, `log.io` (the directory cannot be used).
   */
  static async open(dir: string, options: LogOptions = {}): Promise<Log> {
    const files = options.files ?? nodeFiles;
    const problems = new ProblemList(options.logger);
    const segments = new SegmentList();
    const reader = new SegmentReader(files);
    const written = { bytes: 0 };
    const onWritten = (bytes: number): void => {
      written.bytes += bytes;
    };
    try {
      await files.makeDir(dir);
      const unlock = await files.lock(join(dir, 'lock'));
      try {
        const floor = options.floor ?? 0;
        const recovered = await recover({ files, dir, segments, reader, problems, floor, onWritten });
        return new Log({ dir, options, files, segments, reader, problems, recovered, written, unlock });
      } catch (error) {
        await reader.keepOnly([]);
        await unlock();
        throw error;
      }
    } catch (error) {
      throw openError(dir, error);
    }
  }

  private constructor(parts: OpenedParts) {
    const { options, recovered } = parts;
    this.#parts = parts;
    this.#logger = options.logger ?? silentLogger;
    this.#clock = options.clock ?? systemClock;
    this.#maxPendingBytes = options.maxPendingBytes ?? PENDING_BYTES;
    this.#end = recovered.end;
    const onError = (error: unknown): void =>
      this.#logger.error({ err: error }, 'a listener of the log failed');
    this.#durableListeners = new Listeners(onError);
    this.#stateListeners = new Listeners(onError);
    const segmentBytes = options.segmentBytes ?? defaultSegmentBytes(options.retention);
    this.#staging = new Staging(Math.min(CHUNK_BYTES, segmentBytes));
    this.#committer = new Committer(
      {
        staging: this.#staging,
        timers: options.timers ?? systemTimers,
        logger: this.#logger,
        segmentBytes,
        commitDelayMs: options.commitDelayMs ?? 0,
        retryMs: options.retryMs ?? RETRY_MS,
        hurryBytes: this.#maxPendingBytes / 2,
        isOver: (segment) => spansEnough(segment, options.retention ?? {}, this.#now()),
        begin: (base) => this.#begin(base),
        onDurable: (durable) => this.#tellDurable(durable),
        onState: (state) => this.#stateListeners.tell(state),
      },
      recovered.end,
      recovered.writer,
    );
  }

  /** Offset of the oldest record kept. */
  get start(): number {
    return this.#parts.segments.first?.base ?? this.#committer.durable;
  }

  /** Every record before this offset is on disk. */
  get durable(): number {
    return this.#committer.durable;
  }

  /** Offset just past the last record appended. */
  get end(): number {
    return this.#end;
  }

  /** Bytes appended and not yet durable, record headers included. */
  get pendingBytes(): number {
    return this.#staging.bytes;
  }

  /** 'disk_full' and 'failed' go on trying; what was appended waits in memory. */
  get state(): LogState {
    return this.#committer.state;
  }

  /** `log.disk_full` or `log.failed` with the system's words, while the state is not 'ok'. */
  get error(): WeirError | null {
    return this.#committer.error;
  }

  /** Damage found so far, in opening and in reading. */
  get problems(): readonly Problem[] {
    return this.#parts.problems.all;
  }

  /** Bytes handed to the file system since opening, headers and repeated writes included. */
  get bytesWritten(): number {
    return this.#parts.written.bytes;
  }

  /**
   * Appends one record, the parts one after the other, and returns the offset just past it. Copies; the caller's buffers
   * are free again. The record is durable once `durable` reaches that offset. Throws `log.overloaded` (more than
   * maxPendingBytes wait for the disk), `log.record_too_large`, `log.closed`.
   */
  append(...parts: Uint8Array[]): number {
    let length = 0;
    for (const part of parts) length += part.length;
    const framed = length + RECORD_HEADER_BYTES;
    if (this.#closing !== null) throw closed(this.#parts.dir);
    if (length > MAX_RECORD_BYTES || framed > this.#maxPendingBytes) throw this.#tooLarge(length);
    if (this.#staging.bytes + framed > this.#maxPendingBytes) throw this.#overloaded();
    this.#staging.append(parts, length, this.#end);
    this.#end += framed;
    this.#committer.nudge();
    return this.#end;
  }

  /** Calls back after each group that became durable. Returns the function that ends it. */
  onDurable(listener: (durable: number) => void): () => void {
    return this.#durableListeners.add(listener);
  }

  /** Calls back on each change of `state`. Returns the function that ends it. */
  onState(listener: (state: LogState) => void): () => void {
    return this.#stateListeners.add(listener);
  }

  /** Resolves when all that is appended now is durable; a commit delay is waited for. Rejects with `log.closed` if closed before. */
  flushed(): Promise<void> {
    const target = this.#end;
    if (target <= this.durable) return Promise.resolve();
    return new Promise((resolve, reject) => this.#flushes.push({ target, resolve, reject }));
  }

  /**
   * Durable records from an offset on, about `maxBytes` (default 1 MiB) of them and at least one if there is one. From an
   * offset before `start` it goes on at `start` and says so in `skipped`. Throws `log.beyond_end` where `from > end`.
   */
  async read(from: number, maxBytes = BATCH_BYTES): Promise<LogBatch> {
    if (this.#closing !== null) throw closed(this.#parts.dir);
    const { segments, reader, problems } = this.#parts;
    if (from > this.durable && from <= this.#end) return { records: [], next: from, skipped: [] };
    const refresh = (): Promise<void> => Promise.resolve();
    return readBatch({ segments, reader, problems, refresh }, from, this.durable, maxBytes);
  }

  /** Frees the segments that end at or before an offset. */
  async dropBefore(offset: number): Promise<void> {
    await this.#drop(offset);
  }

  /** Drops what the retention policy does not keep, and returns the range that went. */
  enforceRetention(): Promise<DroppedRange | null> {
    const { segments, options } = this.#parts;
    return this.#drop(expiredBefore(segments.all, options.retention ?? {}, this.#now()));
  }

  /** Makes durable what is appended and lets go of the directory. Rejects with `log.unflushed` if the disk did not take it all. */
  close(): Promise<void> {
    this.#closing ??= this.#close();
    return this.#closing;
  }

  async #close(): Promise<void> {
    const { dir, reader, unlock } = this.#parts;
    await this.#committer.stop();
    for (const flush of this.#flushes.splice(0)) flush.reject(closed(dir));
    await reader.keepOnly([]);
    await unlock();
    const lost = this.pendingBytes;
    if (lost === 0) return;
    throw new WeirError('log.unflushed', `${dir} closed with ${lost} bytes that the disk did not take`, {
      details: { file: dir, value: lost },
      cause: this.error,
    });
  }

  async #drop(before: number): Promise<DroppedRange | null> {
    const { files, dir, segments, reader } = this.#parts;
    const dropped = await dropSegments(files, dir, segments, before);
    if (dropped === null) return null;
    await reader.keepOnly(segments.all);
    this.#committer.retryNow();
    return dropped;
  }

  async #begin(base: number): Promise<SegmentWriter> {
    const { files, dir, segments, written } = this.#parts;
    const writer = await SegmentWriter.create(files, { dir, base, birth: this.#now() }, (bytes) => {
      written.bytes += bytes;
    });
    segments.push(writer.segment);
    return writer;
  }

  #tellDurable(durable: number): void {
    const waiting = this.#flushes.findIndex(({ target }) => target > durable);
    for (const flush of this.#flushes.splice(0, waiting < 0 ? this.#flushes.length : waiting))
      flush.resolve();
    this.#durableListeners.tell(durable);
  }

  #now(): Birth {
    return birthNow(this.#clock, bootId());
  }

  #tooLarge(length: number): WeirError {
    const limit = Math.min(MAX_RECORD_BYTES, this.#maxPendingBytes - RECORD_HEADER_BYTES);
    return new WeirError('log.record_too_large', `a record of ${length} bytes is larger than ${limit}`, {
      details: { value: length, limit },
    });
  }

  #overloaded(): WeirError {
    const { dir } = this.#parts;
    const why = this.error === null ? 'the disk is slower than the appends' : this.error.message;
    const limit = this.#maxPendingBytes;
    return new WeirError('log.overloaded', `${dir}: ${limit} bytes already wait to be written; ${why}`, {
      retryable: true,
      details: { file: dir, limit, value: this.pendingBytes },
    });
  }
}

function defaultSegmentBytes(retention: Retention = {}): number {
  return Math.min(SEGMENT_BYTES, Math.ceil((retention.bytes ?? Infinity) / SEGMENTS_PER_RETENTION));
}

function closed(dir: string): WeirError {
  return new WeirError('log.closed', `${dir} is closed`);
}

function openError(dir: string, error: unknown): WeirError {
  if (error instanceof WeirError) return error;
  return new WeirError('log.io', `cannot open the log ${dir}: ${messageOf(error)}`, {
    details: { file: dir },
    cause: error,
  });
}
