import { open, readdir, rename, rm } from 'node:fs/promises';
import type { FileHandle } from 'node:fs/promises';
import { makeDirectory, syncDirectory, systemCode } from '@weir/runtime';
import { dirname } from 'node:path';
import type { FileSystem, OpenFile } from './files.js';
import { lockFile } from './lock-file.js';

/** Most buffers in one writev call (IOV_MAX of Linux). */
const PARTS_MAX = 1024;
const FLAGS = { read: 'r', write: 'r+', create: 'w+' } as const;

/** The machine's own file system. */
export const nodeFiles: FileSystem = {
  open: async (path, mode) => new NodeFile(await open(path, FLAGS[mode])),
  list: (dir) => readdir(dir),
  makeDir: (dir) => makeDirectory(dir),
  rename: (from, to) => rename(from, to),
  remove: (path) => rm(path, { force: true }),
  syncDir,
  lock: async (path) => {
    const unlock = await lockFile(path);
    const close = await keepOpen(dirname(path));
    return async () => {
      await close();
      await unlock();
    };
  },
};

/** Directories of open logs: a segment can be begun with one free file descriptor, and without one nothing is begun. */
const openDirs = new Map<string, FileHandle>();

async function keepOpen(dir: string): Promise<() => Promise<void>> {
  try {
    const handle = await open(dir, 'r');
    openDirs.set(dir, handle);
    return () => {
      openDirs.delete(dir);
      return handle.close();
    };
  } catch {
    // Then it is opened each time it is synced.
    return () => Promise.resolve();
  }
}

/** Some network file systems cannot sync a directory, and say so; their names are safe, or nothing can be done. */
async function syncDir(dir: string): Promise<void> {
  try {
    await (openDirs.get(dir)?.sync() ?? syncDirectory(dir));
  } catch (error) {
    const code = systemCode(error);
    if (code !== 'EINVAL' && code !== 'ENOTSUP') throw error;
  }
}

class NodeFile implements OpenFile {
  readonly #handle: FileHandle;

  constructor(handle: FileHandle) {
    this.#handle = handle;
  }

  async size(): Promise<number> {
    return (await this.#handle.stat()).size;
  }

  async read(into: Uint8Array, position: number): Promise<number> {
    let filled = 0;
    while (filled < into.length) {
      const { bytesRead } = await this.#handle.read(into, filled, into.length - filled, position + filled);
      if (bytesRead === 0) break;
      filled += bytesRead;
    }
    return filled;
  }

  async write(parts: readonly Uint8Array[], position: number): Promise<number> {
    const [first] = parts;
    if (first !== undefined && parts.length === 1) {
      return (await this.#handle.write(first, 0, first.length, position)).bytesWritten;
    }
    return (await this.#handle.writev(parts.slice(0, PARTS_MAX), position)).bytesWritten;
  }

  sync(): Promise<void> {
    return this.#handle.datasync();
  }

  truncate(bytes: number): Promise<void> {
    return this.#handle.truncate(bytes);
  }

  close(): Promise<void> {
    return this.#handle.close();
  }
}
