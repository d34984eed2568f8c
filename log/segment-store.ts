import { join } from 'node:path';
import type { Clock } from '@weir/runtime';
import { readBatch } from './batch-reader.js';
import type { LogBatch } from './batch-reader.js';
import { ioError, quietly } from './faults.js';
import type { FileSystem } from './files.js';
import type { ProblemList } from './problems.js';
import { recover } from './recovery.js';
import type { Recovered } from './recovery.js';
import { dropSegments } from './retention.js';
import type { DroppedRange } from './retention.js';
import { birthNow } from './segment.js';
import type { Birth, Segment } from './segment.js';
import { SegmentList } from './segment-list.js';
import { SegmentReader } from './segment-reader.js';
import { SegmentWriter } from './segment-writer.js';

export interface StoreParts {
  readonly dir: string;
  readonly files: FileSystem;
  readonly clock: Clock;
  /** Names the boot that the clock's monotonic time belongs to. */
  readonly boot: string;
  readonly problems: ProblemList;
}

/** The directory of a log that is open for writing: its lock and its segment files. */
export class SegmentStore {
  readonly #parts: StoreParts;
  readonly #unlock: () => Promise<void>;
  readonly #segments = new SegmentList();
  readonly #reader: SegmentReader;
  #bytesWritten = 0;
  readonly #count = (bytes: number): void => {
    this.#bytesWritten += bytes;
  };

  private constructor(parts: StoreParts, unlock: () => Promise<void>) {
    this.#parts = parts;
    this.#unlock = unlock;
    this.#reader = new SegmentReader(parts.files);
  }

  /** Makes the directory if need be, takes its lock, and brings its files into order. Throws `log.locked`, `log.io`. */
  static async open(
    parts: StoreParts,
    floor: number,
  ): Promise<{ store: SegmentStore; recovered: Recovered }> {
    const { dir, files } = parts;
    try {
      await files.makeDir(dir);
      const store = new SegmentStore(parts, await files.lock(join(dir, 'lock')));
      try {
        return { store, recovered: await store.#recover(floor) };
      } catch (error) {
        await quietly(() => store.close());
        throw error;
      }
    } catch (error) {
      throw ioError('open the log', dir, error);
    }
  }

  get all(): readonly Segment[] {
    return this.#segments.all;
  }

  /** Bytes handed to the file system. */
  get bytesWritten(): number {
    return this.#bytesWritten;
  }

  /** The machine's clocks, as segments keep them. */
  now(): Birth {
    return birthNow(this.#parts.clock, this.#parts.boot);
  }

  /** Makes the file of a new segment. */
  async begin(base: number): Promise<SegmentWriter> {
    const { files, dir } = this.#parts;
    const writer = await SegmentWriter.create(files, { dir, base, birth: this.now() }, this.#count);
    this.#segments.push(writer.segment);
    return writer;
  }

  async read(from: number, upTo: number, maxBytes: number): Promise<LogBatch> {
    const { dir, problems } = this.#parts;
    const refresh = (): Promise<void> => Promise.resolve();
    try {
      const source = { segments: this.#segments, reader: this.#reader, problems, refresh };
      return await readBatch(source, from, upTo, maxBytes);
    } catch (error) {
      throw ioError('read the log', dir, error);
    }
  }

  /** Removes the segments that end at or before an offset. */
  async drop(before: number): Promise<DroppedRange | null> {
    const { files, dir } = this.#parts;
    try {
      const dropped = await dropSegments(files, dir, this.#segments, before);
      if (dropped !== null) await this.#reader.keepOnly(this.#segments.all);
      return dropped;
    } catch (error) {
      throw ioError('drop segments of the log', dir, error);
    }
  }

  async close(): Promise<void> {
    await this.#reader.close();
    await this.#unlock();
  }

  #recover(floor: number): Promise<Recovered> {
    const tools = { segments: this.#segments, reader: this.#reader, onWritten: this.#count };
    return recover({ ...this.#parts, ...tools, floor });
  }
}
