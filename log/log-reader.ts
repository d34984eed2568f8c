import type { Logger } from '@weir/runtime';
import { BATCH_BYTES, readBatch } from './batch-reader.js';
import type { BatchSource, LogBatch } from './batch-reader.js';
import { checkOffset, ioError } from './faults.js';
import type { FileSystem } from './files.js';
import { listSegments } from './listing.js';
import { nodeFiles } from './node-files.js';
import { ProblemList } from './problems.js';
import type { Problem } from './problems.js';
import { SegmentList } from './segment-list.js';
import { SegmentReader } from './segment-reader.js';

export interface LogReaderOptions {
  readonly files?: FileSystem;
  readonly logger?: Logger;
}

/**
 * Reads a log that another thread or process writes. It needs no lock and sees only files, so it must be told how far the
 * log is durable. The directory is listed anew whenever it is told of a higher offset: a segment ends where the next
 * begins, and what its file holds behind that is not part of the log.
 */
export class LogReader {
  readonly #dir: string;
  readonly #files: FileSystem;
  readonly #source: BatchSource;
  #listedUpTo = 0;
  #listing: Promise<void> = Promise.resolve();

  /** Opens the log in a directory. Throws `log.io` where there is none, `log.unknown_version`. */
  static async open(dir: string, options: LogReaderOptions = {}): Promise<LogReader> {
    const reader = new LogReader(dir, options);
    try {
      await reader.#refresh(0);
    } catch (error) {
      throw ioError('open the log', dir, error);
    }
    return reader;
  }

  private constructor(dir: string, { files = nodeFiles, logger }: LogReaderOptions) {
    this.#dir = dir;
    this.#files = files;
    this.#source = {
      segments: new SegmentList(),
      reader: new SegmentReader(files),
      problems: new ProblemList(logger),
      refresh: () => this.#refresh(this.#listedUpTo),
    };
  }

  /** Offset of the oldest record kept, as of the last listing; 0 for an empty log. */
  get start(): number {
    return this.#source.segments.first?.base ?? 0;
  }

  /** Damage found so far. */
  get problems(): readonly Problem[] {
    return this.#source.problems.all;
  }

  /**
   * As `Log.read`, up to `upTo`, an offset that the writer has called durable. Throws `log.beyond_end` where
   * `from > upTo`, `log.bad_offset`, `log.io`.
   */
  async read(from: number, upTo: number, maxBytes = BATCH_BYTES): Promise<LogBatch> {
    checkOffset(from);
    checkOffset(upTo);
    try {
      if (upTo > this.#listedUpTo) await this.#refresh(upTo);
      return await readBatch(this.#source, from, upTo, maxBytes);
    } catch (error) {
      throw ioError('read the log', this.#dir, error);
    }
  }

  close(): Promise<void> {
    return this.#source.reader.close();
  }

  /** Lists the directory. One listing at a time, so that an older one never replaces a newer one. */
  #refresh(upTo: number): Promise<void> {
    const list = async (): Promise<void> => {
      const { segments, reader } = this.#source;
      segments.replaceAll(await listSegments(this.#files, this.#dir, segments.all));
      await reader.keepOnly(segments.all);
      this.#listedUpTo = Math.max(this.#listedUpTo, upTo);
    };
    this.#listing = this.#listing.then(list, list);
    return this.#listing;
  }
}
