import { dirname } from 'node:path';
import { ioError, isOutOfFiles, quietly } from './faults.js';
import type { FileSystem, OpenFile } from './files.js';
import { writeFully } from './files.js';
import { encodeHeader, positionOf, segmentPath } from './segment.js';
import type { Birth, Segment } from './segment.js';

/** Unfinished segments have this behind their name; they hold no record and go when the log is opened. */
export const DRAFT_SUFFIX = '.new';

/** The segment that is being written. Knows where its durable records end; what lies behind that in the file is nothing yet. */
export class SegmentWriter {
  readonly segment: Segment;
  readonly #file: OpenFile;
  readonly #onWritten: (bytes: number) => void;

  constructor(segment: Segment, file: OpenFile, onWritten: (bytes: number) => void) {
    this.segment = segment;
    this.#file = file;
    this.#onWritten = onWritten;
  }

  /**
   * Makes the segment file of a base offset, with its header, durable under its name. It comes by a rename, so a segment
   * file always has its whole header, and one in which nothing became durable is replaced without a trace. That no file
   * descriptor is free (`EMFILE`, `ENFILE`) is thrown as such only as long as nothing has been made.
   */
  static async create(
    files: FileSystem,
    place: { readonly dir: string; readonly base: number; readonly birth: Birth },
    onWritten: (bytes: number) => void,
  ): Promise<SegmentWriter> {
    const path = segmentPath(place.dir, place.base);
    const draft = path + DRAFT_SUFFIX;
    const file = await files.open(draft, 'create');
    try {
      await writeFully(file, [encodeHeader(place.base, place.birth)], 0, onWritten);
      await file.sync();
      await files.rename(draft, path);
      await files.syncDir(dirname(path));
    } catch (error) {
      await quietly(() => file.close());
      await quietly(() => files.remove(draft));
      throw isOutOfFiles(error) ? ioError('begin', path, error) : error;
    }
    return new SegmentWriter({ base: place.base, path, birth: place.birth, bytes: 0 }, file, onWritten);
  }

  /** Offset just past the last durable record. */
  get end(): number {
    return this.segment.base + this.segment.bytes;
  }

  /** Writes records and syncs. Only when this resolves are they durable; when it rejects nothing is known of them. */
  async commit(group: readonly Uint8Array[]): Promise<void> {
    const start = this.end;
    await writeFully(this.#file, group, positionOf(this.segment.base, start), this.#onWritten);
    await this.#file.sync();
    for (const part of group) this.segment.bytes += part.length;
  }

  /** Cuts off what a failed commit left. */
  cutBack(): Promise<void> {
    return this.#file.truncate(positionOf(this.segment.base, this.end));
  }

  /** All of it is synced; an error in closing loses nothing. */
  close(): Promise<void> {
    return quietly(() => this.#file.close());
  }

  /**
   * Gives the file up after an error. Cutting it is a courtesy to the next start on this machine, whose page cache may
   * show bytes that the disk refused; that the next segment's base ends this one is what counts.
   */
  async abandon(): Promise<void> {
    await quietly(() => this.cutBack());
    await this.close();
  }
}
