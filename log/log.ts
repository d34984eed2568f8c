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
import { WeirError, bootId, silentLogger, systemClock, systemTimers } from '@weir/runtime';
import { BATCH_BYTES } from './batch-reader.js';
import type { LogBatch } from './batch-reader.js';
import { Committer } from './committer.js';
import type { LogState } from './committer.js';
import { checkOffset } from './faults.js';
import { Flushes } from './flushes.js';
import { Listeners } from './listeners.js';
import { segmentBytesOf } from './log-options.js';
import type { LogOptions } from './log-options.js';
import { nodeFiles } from './node-files.js';
import { ProblemList } from './problems.js';
import type { Problem } from './problems.js';
import { MAX_RECORD_BYTES, RECORD_HEADER_BYTES } from './record.js';
import type { Recovered } from './recovery.js';
import { expiredBefore, spansEnough } from './retention.js';
import type { DroppedRange, ExpiringRange } from './retention.js';
import type { Segment } from './segment.js';
import { SegmentStore } from './segment-store.js';
import { Staging } from './staging.js';

const PENDING_BYTES = 32 * 2 ** 20;
const RETRY_MS = 1_000;
/** Memory is taken in pieces of this size, or less so that segments, which end with a piece, come near their size. */
const CHUNK_BYTES = 256 * 2 ** 10;
const CHUNKS_PER_SEGMENT = 16;

export class Log {
  readonly #dir: string;
  readonly #options: LogOptions;
  readonly #store: SegmentStore;
  readonly #problems: ProblemList;
  readonly #maxPendingBytes: number;
  readonly #staging: Staging;
  readonly #committer: Committer;
  readonly #flushes = new Flushes();
  readonly #durableListeners: Listeners<number>;
  readonly #stateListeners: Listeners<LogState>;
  #end: number;
  #closing: Promise<void> | null = null;

  /**
   * Opens the log in a directory, which is made if need be: takes the lock, checks the last segment, cuts a torn tail.
   * Throws `log.locked` (another process has it), `log.unknown_version`, `log.io` (the directory cannot be used).
   */
  static async open(dir: string, options: LogOptions = {}): Promise<Log> {
    const { files = nodeFiles, clock = systemClock, boot = bootId(), floor = 0, logger } = options;
    checkOffset(floor);
    const problems = new ProblemList(logger);
    const { store, recovered } = await SegmentStore.open({ dir, files, clock, boot, problems }, floor);
    return new Log(dir, options, problems, store, recovered);
  }

  private constructor(
    dir: string,
    options: LogOptions,
    problems: ProblemList,
    store: SegmentStore,
    recovered: Recovered,
  ) {
    const { maxPendingBytes = PENDING_BYTES, logger = silentLogger, retention = {} } = options;
    this.#dir = dir;
    this.#options = options;
    this.#problems = problems;
    this.#store = store;
    this.#maxPendingBytes = maxPendingBytes;
    this.#end = recovered.end;
    const onError = (error: unknown): void => logger.error({ err: error }, 'a listener of the log failed');
    this.#durableListeners = new Listeners(onError);
    this.#stateListeners = new Listeners(onError);
    const segmentBytes = segmentBytesOf(options);
    this.#staging = new Staging(Math.min(CHUNK_BYTES, Math.ceil(segmentBytes / CHUNKS_PER_SEGMENT)));
    const parts = {
      staging: this.#staging,
      timers: options.timers ?? systemTimers,
      logger,
      segmentBytes,
      commitDelayMs: options.commitDelayMs ?? 0,
      retryMs: options.retryMs ?? RETRY_MS,
      hurryBytes: maxPendingBytes / 2,
      isOver: (segment: Segment) => spansEnough(segment, retention, store.now()),
      begin: (base: number) => store.begin(base),
      onDurable: (durable: number) => this.#tellDurable(durable),
      onState: (state: LogState) => this.#stateListeners.tell(state),
    };
    this.#committer = new Committer(parts, recovered.end, recovered.writer);
  }

  /** Offset of the oldest record kept. */
  get start(): number {
    return this.#store.all[0]?.base ?? this.durable;
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

  /** Most bytes that a record appended now can have. */
  get room(): number {
    if (this.#closing !== null) return 0;
    const left = this.#maxPendingBytes - this.#staging.bytes - RECORD_HEADER_BYTES;
    return Math.max(0, Math.min(left, MAX_RECORD_BYTES));
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
    return this.#problems.all;
  }

  /** Bytes handed to the file system since opening, headers and repeated writes included. */
  get bytesWritten(): number {
    return this.#store.bytesWritten;
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
    if (this.#closing !== null) throw this.#closed();
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
    return this.#end <= this.durable ? Promise.resolve() : this.#flushes.wait(this.#end);
  }

  /**
   * Durable records from an offset on, about `maxBytes` (default 1 MiB) of them and at least one if there is one. From an
   * offset before `start` it goes on at `start` and says so in `skipped`. Throws `log.beyond_end` where `from > end`,
   * `log.bad_offset`, `log.io`, `log.closed`.
   */
  async read(from: number, maxBytes = BATCH_BYTES): Promise<LogBatch> {
    if (this.#closing !== null) throw this.#closed();
    checkOffset(from);
    if (from > this.durable && from <= this.#end) return { records: [], next: from, skipped: [] };
    return this.#store.read(from, this.durable, maxBytes);
  }

  /** Frees the segments that end at or before an offset. Throws `log.io`. */
  async dropBefore(offset: number): Promise<void> {
    await this.#drop(offset);
  }

  /** The range that `enforceRetention` would drop now, and whether by age or by bytes; null for none. */
  expiring(neededFrom = Infinity): ExpiringRange | null {
    const { all } = this.#store;
    const before = Math.min(neededFrom, this.#expiredBefore());
    const to = all.findLast(({ base }) => base <= before)?.base ?? this.start;
    if (to <= this.start) return null;
    const { bytes, ...byAge } = this.#options.retention ?? {};
    const policy = bytes === undefined || this.#expiredBefore(byAge) >= to ? 'age' : 'bytes';
    return { from: this.start, to, policy };
  }

  /**
   * Drops what the retention policy does not keep, nothing at or behind `neededFrom`, and returns the range that went.
   * Throws `log.io`.
   */
  enforceRetention(neededFrom = Infinity): Promise<DroppedRange | null> {
    return this.#drop(Math.min(neededFrom, this.#expiredBefore()));
  }

  #expiredBefore(retention = this.#options.retention ?? {}): number {
    return expiredBefore(this.#store.all, retention, this.#store.now());
  }

  /** Makes durable what is appended and lets go of the directory. Rejects with `log.unflushed` if the disk did not take it all. */
  close(): Promise<void> {
    this.#closing ??= this.#close();
    return this.#closing;
  }

  async #close(): Promise<void> {
    try {
      await this.#committer.stop();
    } finally {
      await this.#store.close();
      this.#flushes.rejectAll(this.#closed());
    }
    const lost = this.pendingBytes;
    if (lost === 0) return;
    throw new WeirError(
      'log.unflushed',
      `${this.#dir} closed with ${lost} bytes that the disk did not take`,
      {
        details: { file: this.#dir, value: lost },
        cause: this.error,
      },
    );
  }

  async #drop(before: number): Promise<DroppedRange | null> {
    if (this.#closing !== null) throw this.#closed();
    const dropped = await this.#store.drop(before);
    if (dropped !== null) this.#committer.retryNow();
    return dropped;
  }

  #tellDurable(durable: number): void {
    this.#flushes.reached(durable);
    this.#durableListeners.tell(durable);
  }

  #tooLarge(length: number): WeirError {
    const limit = Math.min(MAX_RECORD_BYTES, this.#maxPendingBytes - RECORD_HEADER_BYTES);
    return new WeirError('log.record_too_large', `a record of ${length} bytes is larger than ${limit}`, {
      details: { value: length, limit },
    });
  }

  #overloaded(): WeirError {
    const why = this.error === null ? 'the disk is slower than the appends' : this.error.message;
    const limit = this.#maxPendingBytes;
    return new WeirError(
      'log.overloaded',
      `${this.#dir}: ${limit} bytes already wait to be written; ${why}`,
      {
        retryable: true,
        details: { file: this.#dir, limit, value: this.pendingBytes },
      },
    );
  }

  #closed(): WeirError {
    return new WeirError('log.closed', `${this.#dir} is closed`);
  }
}
