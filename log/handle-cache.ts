import { WeirError } from '@weir/runtime';
import { quietly } from './faults.js';
import type { FileSystem, OpenFile } from './files.js';
import type { Segment } from './segment.js';

const HANDLES_MAX = 8;

interface Entry {
  readonly file: Promise<OpenFile>;
  users: number;
  retired: boolean;
}

/** Open read handles of segments, the least recently used closed first, none while it is being read. */
export class HandleCache {
  readonly #files: FileSystem;
  /** Oldest use first. */
  readonly #entries = new Map<Segment, Entry>();
  #closed = false;

  constructor(files: FileSystem) {
    this.#files = files;
  }

  /** Runs `read` with the segment's handle. Throws `log.closed` after `close`. */
  async using<T>(segment: Segment, read: (file: OpenFile) => Promise<T>): Promise<T> {
    if (this.#closed) throw new WeirError('log.closed', `${segment.path} is read after its log was closed`);
    const entry = this.#entries.get(segment) ?? {
      file: this.#files.open(segment.path, 'read'),
      users: 0,
      retired: false,
    };
    this.#entries.delete(segment);
    this.#entries.set(segment, entry);
    entry.users++;
    try {
      return await read(await entry.file);
    } catch (error) {
      await this.retire(segment);
      throw error;
    } finally {
      entry.users--;
      if (entry.retired && entry.users === 0) await quietly(async () => (await entry.file).close());
      await this.#trim();
    }
  }

  async close(): Promise<void> {
    this.#closed = true;
    await this.keepOnly(new Set());
  }

  /** Forgets the handles of all segments but these. */
  async keepOnly(segments: ReadonlySet<Segment>): Promise<void> {
    for (const segment of [...this.#entries.keys()]) {
      if (!segments.has(segment)) await this.retire(segment);
    }
  }

  /** Forgets a segment's handle; it is closed as soon as nobody reads it. */
  async retire(segment: Segment): Promise<void> {
    const entry = this.#entries.get(segment);
    if (entry === undefined) return;
    this.#entries.delete(segment);
    entry.retired = true;
    if (entry.users === 0) await quietly(async () => (await entry.file).close());
  }

  async #trim(): Promise<void> {
    for (const [segment, entry] of [...this.#entries]) {
      if (this.#entries.size <= HANDLES_MAX) return;
      if (entry.users === 0) await this.retire(segment);
    }
  }
}
