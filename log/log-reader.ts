import { BATCH_BYTES, readBatch } from './batch-reader.js';
import type { LogBatch } from './batch-reader.js';
import type { FileSystem } from './files.js';
import { listSegments } from './listing.js';
import { nodeFiles } from './node-files.js';
import { ProblemList } from './problems.js';
import type { Problem } from './problems.js';
import { SegmentList } from './segment-list.js';
import { SegmentReader } from './segment-reader.js';
import type { Logger } from '@weir/runtime';

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
  readonly #segments = new SegmentList();
  readonly #problems: ProblemList;
  readonly #reader: SegmentReader;
  #listedUpTo = 0;

  /** Opens the log in a directory. Throws the system's error where there is none, `log.unknown_version`. */
  static async open(dir: string, options: LogReaderOptions = {}): Promise<LogReader> {
    const reader = new LogReader(dir, options);
    await reader.#refresh();
    return reader;
  }

  private constructor(dir: string, { files = nodeFiles, logger }: LogReaderOptions) {
    this.#dir = dir;
    this.#files = files;
    this.#problems = new ProblemList(logger);
    this.#reader = new SegmentReader(files);
  }

  /** Offset of the oldest record kept, as of the last listing; 0 for an empty log. */
  get start(): number {
    return this.#segments.first?.base ?? 0;
  }

  /** Damage found so far. */
  get problems(): readonly Problem[] {
    return this.#problems.all;
  }

  /** As `Log.read`, up to `upTo`, an offset that the writer has called durable. Throws `log.beyond_end` where `from > upTo`. */
  async read(from: number, upTo: number, maxBytes = BATCH_BYTES): Promise<LogBatch> {
    if (upTo > this.#listedUpTo) {
      await this.#refresh();
      this.#listedUpTo = upTo;
    }
    const source = {
      segments: this.#segments,
      reader: this.#reader,
      problems: this.#problems,
      refresh: () => this.#refresh(),
    };
    return readBatch(source, from, upTo, maxBytes);
  }

  close(): Promise<void> {
    return this.#reader.keepOnly([]);
  }

  async #refresh(): Promise<void> {
    this.#segments.replaceAll(await listSegments(this.#files, this.#dir, this.#segments.all));
    await this.#reader.keepOnly(this.#segments.all);
  }
}
