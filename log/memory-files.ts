/**
 * A file system in memory for tests and simulations, with the faults of real ones.
 *
 * - `fault` is asked before every operation and may let it fail, write a part, or stop the machine.
 * - `capacityBytes` is the size of the disk: a write is cut short there, the next fails with ENOSPC.
 * - `kill` ends the processes: their handles die and their locks go; what they wrote is in the page cache still.
 * - `powerCut` ends the machine: what was not synced is gone, or there in part, sector by sector, as chance will have it.
 *   Changes of names survive up to some point in their order, as on a journalling file system.
 *
 * Everything settles in microtasks and chance is handed in, so a seed repeats a run.
 */
import { WeirError } from '@weir/runtime';
import type { Entropy } from '@weir/runtime';
import type { FileSystem, OpenFile, OpenMode } from './files.js';
import { MemoryDisk, systemError } from './memory-disk.js';
import type { MemoryInode } from './memory-inode.js';

export type OperationKind =
  | 'open'
  | 'list'
  | 'makeDir'
  | 'rename'
  | 'remove'
  | 'syncDir'
  | 'lock'
  | 'size'
  | 'read'
  | 'write'
  | 'sync'
  | 'truncate';

export interface Operation {
  readonly kind: OperationKind;
  /** Of a file that is open, the path that it was opened by. */
  readonly path: string;
  /** Bytes to read or write, or to cut to. */
  readonly bytes: number;
}

/** `code` fails the operation, a write after its first `bytes`. `short` lets a write take so many. `stop` is a power cut in its midst. */
export type Fault =
  { readonly code: string; readonly bytes?: number } | { readonly short: number } | { readonly stop: number };

/** The code of every operation of a machine or process that is no more. */
const STOPPED = 'ESTOPPED';

export class MemoryFiles implements FileSystem {
  /** Decides on each operation; null lets it pass. */
  fault: ((operation: Operation) => Fault | null) | null = null;
  /** How often each operation was asked for. */
  readonly counts = new Map<OperationKind, number>();
  /** Files opened and not yet closed. */
  openFiles = 0;
  readonly #disk = new MemoryDisk();
  readonly #locks = new Set<string>();
  /** Counts the lives of the processes; a handle works in its own only. */
  #life = 0;
  #stopped = false;

  get capacityBytes(): number {
    return this.#disk.capacityBytes;
  }

  set capacityBytes(bytes: number) {
    this.#disk.capacityBytes = bytes;
  }

  /** Bytes of all files. */
  get usedBytes(): number {
    return this.#disk.usedBytes;
  }

  /** These files for one process, which `kill` or `powerCut` ends for good. Without it a new life may be used by an old owner. */
  forProcess(): FileSystem {
    const life = this.#life;
    const alive = (): void => {
      if (life !== this.#life) throw systemError(STOPPED, 'this process');
    };
    const guarded = <A extends unknown[], R>(call: (...given: A) => Promise<R>) => {
      return async (...given: A): Promise<R> => {
        alive();
        return call(...given);
      };
    };
    return {
      open: guarded((path: string, mode: OpenMode) => this.open(path, mode)),
      list: guarded((dir: string) => this.list(dir)),
      makeDir: guarded((dir: string) => this.makeDir(dir)),
      rename: guarded((from: string, to: string) => this.rename(from, to)),
      remove: guarded((path: string) => this.remove(path)),
      syncDir: guarded((dir: string) => this.syncDir(dir)),
      lock: guarded((path: string) => this.lock(path)),
    };
  }

  open(path: string, mode: OpenMode): Promise<OpenFile> {
    return this.#operate('open', path, 0, () => {
      const inode = mode === 'create' ? this.#disk.create(path) : this.#disk.find(path);
      return this.#handle(inode, path, mode !== 'read');
    });
  }

  list(dir: string): Promise<string[]> {
    return this.#operate('list', dir, 0, () => this.#disk.list(dir));
  }

  makeDir(dir: string): Promise<void> {
    return this.#operate('makeDir', dir, 0, () => this.#disk.makeDir(dir));
  }

  rename(from: string, to: string): Promise<void> {
    return this.#operate('rename', from, 0, () => this.#disk.rename(from, to));
  }

  remove(path: string): Promise<void> {
    return this.#operate('remove', path, 0, () => this.#disk.remove(path));
  }

  syncDir(dir: string): Promise<void> {
    return this.#operate('syncDir', dir, 0, () => this.#disk.syncDir(dir));
  }

  lock(path: string): Promise<() => Promise<void>> {
    return this.#operate('lock', path, 0, () => {
      if (this.#locks.has(path)) {
        throw new WeirError('log.locked', `${path}: this log is open already`, { retryable: true });
      }
      const life = this.#life;
      this.#locks.add(path);
      return () => {
        if (life === this.#life) this.#locks.delete(path);
        return Promise.resolve();
      };
    });
  }

  /** Ends all processes that use these files, and starts the machine again where a fault stopped it. */
  kill(): void {
    this.#life++;
    this.openFiles = 0;
    this.#stopped = false;
    this.#locks.clear();
  }

  /** Cuts the power and starts again. Without chance exactly what was synced is left. */
  powerCut(chance: Entropy | null = null): void {
    this.kill();
    this.#disk.powerCut(chance);
  }

  /** The content of a file as programs see it. */
  contents(path: string): Uint8Array {
    return this.#disk.find(path).bytes();
  }

  /** Puts a file in place, synced. */
  place(path: string, content: Uint8Array): void {
    this.#disk.place(path, content);
  }

  /** Flips the bits of `mask` in one byte on the medium. */
  corrupt(path: string, position: number, mask: number): void {
    this.#disk.find(path).corrupt(position, mask);
  }

  #handle(inode: MemoryInode, path: string, writable: boolean): OpenFile {
    const life = this.#life;
    this.openFiles++;
    const operate = <T>(
      kind: OperationKind,
      bytes: number,
      effect: (fault: Fault | null) => T,
    ): Promise<T> => {
      return life === this.#life
        ? this.#operate(kind, path, bytes, effect)
        : Promise.reject(systemError(STOPPED, path));
    };
    return {
      size: () => operate('size', 0, () => inode.size),
      read: (into, position) => operate('read', into.length, () => inode.read(into, position)),
      write: (parts, position) => {
        if (!writable) return Promise.reject(systemError('EBADF', path));
        const data = new Uint8Array(Buffer.concat(parts));
        return operate('write', data.length, (fault) => this.#write(inode, path, { position, data, fault }));
      },
      sync: () =>
        operate('sync', 0, (fault) => {
          if (fault === null || 'short' in fault) return inode.sync();
          if ('code' in fault) inode.loseDirty();
          throw this.#raise(fault, path);
        }),
      truncate: (bytes) => operate('truncate', bytes, () => inode.change({ kind: 'truncate', bytes })),
      close: () => {
        if (life === this.#life) this.openFiles--;
        return Promise.resolve();
      },
    };
  }

  #write(inode: MemoryInode, path: string, { position, data, fault }: FaultyWrite): number {
    const room = this.#disk.room(inode, position);
    if (room === 0 && data.length > 0) throw systemError('ENOSPC', path);
    const written = data.subarray(0, Math.min(bytesOf(fault), room));
    inode.change({ kind: 'write', position, data: written });
    if (fault !== null && !('short' in fault)) throw this.#raise(fault, path);
    return written.length;
  }

  /**
   * Counts an operation, asks for its fault, and has its effect a microtask later, if the process still lives then. The
   * effects of writes and syncs get their faults, which they may heed in part.
   */
  async #operate<T>(
    kind: OperationKind,
    path: string,
    bytes: number,
    effect: (fault: Fault | null) => T,
  ): Promise<T> {
    const life = this.#life;
    this.#check(life, path);
    this.counts.set(kind, (this.counts.get(kind) ?? 0) + 1);
    const fault = this.fault?.({ kind, path, bytes }) ?? null;
    await Promise.resolve();
    this.#check(life, path);
    if (fault !== null && !('short' in fault) && kind !== 'write' && kind !== 'sync')
      throw this.#raise(fault, path);
    return effect(fault);
  }

  #check(life: number, path: string): void {
    if (this.#stopped || life !== this.#life) throw systemError(STOPPED, path);
  }

  #raise(fault: Fault, path: string): Error {
    if ('code' in fault) return systemError(fault.code, path);
    this.#stopped = true;
    return systemError(STOPPED, path);
  }
}

interface FaultyWrite {
  readonly position: number;
  readonly data: Uint8Array;
  readonly fault: Fault | null;
}

/** How much of a write its fault lets through. */
function bytesOf(fault: Fault | null): number {
  if (fault === null) return Infinity;
  if ('short' in fault) return fault.short;
  return 'stop' in fault ? fault.stop : (fault.bytes ?? 0);
}
