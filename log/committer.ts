/**
 * Makes staged records durable, group by group:
 *
 *   idle --append--> gathering --(commitDelayMs, or half of the memory used)--> committing: write, sync
 *    ^                                                                           |          |
 *    +------------------------------ nothing staged ------------- durable -------+          | error
 *                                                                                           v
 *   ENOSPC, EDQUOT  'disk_full': cut the torn part off, keep everything staged, try again each retryMs
 *   EMFILE, ENFILE  where a new segment was due: the present one grows on beyond its size until a file can be opened
 *   any other       'failed': after a failed write or sync the kernel may have dropped the pages and call them clean, so
 *                   the file is never trusted with more: it ends at its last durable offset, and the staged bytes, which
 *                   keep their offsets, go to a fresh segment that begins there. At once, then each retryMs.
 *
 * - Staged bytes are released only after the sync of their group; a reported offset is durable.
 * - One commit at a time. What is appended meanwhile forms the next group.
 */
import { WeirError, messageOf } from '@weir/runtime';
import type { Logger, Timers } from '@weir/runtime';
import { isDiskFull, isOutOfFiles } from './faults.js';
import type { Segment } from './segment.js';
import type { SegmentWriter } from './segment-writer.js';
import type { Staging } from './staging.js';

export type LogState = 'ok' | 'disk_full' | 'failed';

export interface CommitterParts {
  readonly staging: Staging;
  readonly timers: Timers;
  readonly logger: Logger;
  readonly segmentBytes: number;
  readonly commitDelayMs: number;
  readonly retryMs: number;
  /** Staged bytes above which a commit delay is cut short. */
  readonly hurryBytes: number;
  /** Whether a segment should take no more for its age. */
  readonly isOver: (segment: Segment) => boolean;
  /** Begins the segment that starts at an offset. */
  readonly begin: (base: number) => Promise<SegmentWriter>;
  readonly onDurable: (durable: number) => void;
  readonly onState: (state: LogState) => void;
}

export class Committer {
  readonly #parts: CommitterParts;
  #writer: SegmentWriter | null;
  #durable: number;
  #state: LogState = 'ok';
  #error: WeirError | null = null;
  #running: Promise<void> | null = null;
  #stopping = false;
  /** The present segment is longer than it should be, for want of a file descriptor. */
  #outgrown = false;
  #pause: { readonly kind: 'gather' | 'retry'; readonly end: () => void } | null = null;

  constructor(parts: CommitterParts, durable: number, writer: SegmentWriter | null) {
    this.#parts = parts;
    this.#durable = durable;
    this.#writer = writer;
  }

  get durable(): number {
    return this.#durable;
  }

  get state(): LogState {
    return this.#state;
  }

  /** Why the state is not 'ok'. */
  get error(): WeirError | null {
    return this.#error;
  }

  /** Something was staged. */
  nudge(): void {
    if (this.#running === null) this.#running = this.#run();
    else if (this.#pause?.kind === 'gather' && this.#hurried) this.#pause.end();
  }

  /** Tries again now, if waiting to: space was freed. */
  retryNow(): void {
    if (this.#pause?.kind === 'retry') this.#pause.end();
  }

  /** Ends after what is staged is durable, or after one more failed try. */
  async stop(): Promise<void> {
    this.#stopping = true;
    this.#pause?.end();
    await this.#running;
    const writer = this.#writer;
    this.#writer = null;
    await writer?.close();
  }

  get #hurried(): boolean {
    return this.#parts.staging.bytes >= this.#parts.hurryBytes;
  }

  async #run(): Promise<void> {
    const { staging, commitDelayMs, retryMs } = this.#parts;
    let failures = 0;
    // Lets the caller append more before the first group is taken.
    await Promise.resolve();
    while (staging.bytes > 0) {
      if (commitDelayMs > 0 && failures === 0 && !this.#hurried) await this.#rest('gather', commitDelayMs);
      const outcome = await this.#commit();
      failures = outcome === 'done' ? 0 : failures + 1;
      if (outcome === 'done' || (outcome === 'moved' && failures === 1)) continue;
      if (this.#stopping) break;
      await this.#rest('retry', retryMs);
    }
    this.#running = null;
  }

  /** One group. 'moved': it failed, and another segment may take it at once. */
  async #commit(): Promise<'done' | 'moved' | 'failed'> {
    const { staging, segmentBytes } = this.#parts;
    try {
      const writer = await this.#writerFor(staging.firstPieceBytes);
      const group = staging.take(segmentBytes - writer.segment.bytes);
      try {
        await writer.commit(group);
      } catch (error) {
        return (await this.#recover(writer, error)) ? 'failed' : 'moved';
      }
      staging.release(writer.end - this.#durable);
      this.#durable = writer.end;
      this.#enter('ok', null);
      this.#parts.onDurable(this.#durable);
      return 'done';
    } catch (error) {
      this.#fail(error, 'begin a segment');
      return 'failed';
    }
  }

  /** The present segment, or a new one where `bytes` more would make it too long. */
  async #writerFor(bytes: number): Promise<SegmentWriter> {
    const present = this.#writer;
    if (present !== null && this.#takes(present.segment, bytes)) return present;
    const fresh = await this.#begin(present);
    if (fresh === present) return fresh;
    this.#writer = fresh;
    await present?.close();
    return fresh;
  }

  /** The next segment; the present one while no file can be opened. */
  async #begin(present: SegmentWriter | null): Promise<SegmentWriter> {
    try {
      const fresh = await this.#parts.begin(this.#durable);
      this.#outgrown = false;
      return fresh;
    } catch (error) {
      if (present === null || !isOutOfFiles(error)) throw error;
      if (!this.#outgrown)
        this.#parts.logger.warn(
          `${messageOf(error)}; ${present.segment.path} grows beyond its size meanwhile`,
        );
      this.#outgrown = true;
      return present;
    }
  }

  #takes(segment: Segment, bytes: number): boolean {
    if (segment.bytes === 0) return true;
    return segment.bytes + bytes <= this.#parts.segmentBytes && !this.#parts.isOver(segment);
  }

  /** After a failed commit: true when the file stays in use, its torn part cut off. */
  async #recover(writer: SegmentWriter, error: unknown): Promise<boolean> {
    this.#fail(error, `write ${writer.segment.path}`);
    if (isDiskFull(error)) {
      try {
        await writer.cutBack();
        return true;
      } catch (second) {
        this.#fail(second, `cut ${writer.segment.path} back`);
      }
    }
    this.#writer = null;
    await writer.abandon();
    return false;
  }

  #fail(error: unknown, what: string): void {
    const full = isDiskFull(error);
    const hint = full
      ? 'the disk is full; nothing more is confirmed until there is space'
      : 'nothing more is confirmed until a fresh file can be written';
    const code = full ? 'log.disk_full' : 'log.failed';
    this.#enter(
      full ? 'disk_full' : 'failed',
      new WeirError(code, `cannot ${what}: ${messageOf(error)}; ${hint}`, { retryable: true, cause: error }),
    );
  }

  #enter(state: LogState, error: WeirError | null): void {
    const changed = state !== this.#state;
    this.#state = state;
    this.#error = error;
    if (!changed) return;
    if (error === null) this.#parts.logger.info('the log is written again');
    else this.#parts.logger.error({ err: error }, error.message);
    this.#parts.onState(state);
  }

  #rest(kind: 'gather' | 'retry', ms: number): Promise<void> {
    if (this.#stopping) return Promise.resolve();
    return new Promise((resolve) => {
      const end = (): void => {
        cancel();
        this.#pause = null;
        resolve();
      };
      const cancel = this.#parts.timers.after(ms, end);
      this.#pause = { kind, end };
    });
  }
}
