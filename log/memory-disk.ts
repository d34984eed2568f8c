import { basename, dirname } from 'node:path';
import type { Entropy } from '@weir/runtime';
import { MemoryInode } from './memory-inode.js';

/** Names of one directory that change together; null takes a name away. */
interface NameChange {
  readonly dir: string;
  readonly names: readonly (readonly [path: string, inode: MemoryInode | null])[];
}

/** The names and files of a disk in memory, as programs see them and as they are kept. Without faults of its own. */
export class MemoryDisk {
  /** Most bytes of all files. */
  capacityBytes = Infinity;
  readonly #dirs = new Set<string>();
  #names = new Map<string, MemoryInode>();
  readonly #keptNames = new Map<string, MemoryInode>();
  #changes: NameChange[] = [];

  find(path: string): MemoryInode {
    const inode = this.#names.get(path);
    if (inode === undefined) throw systemError('ENOENT', path);
    return inode;
  }

  /** An empty file under a name. */
  create(path: string): MemoryInode {
    if (!this.#dirs.has(dirname(path))) throw systemError('ENOENT', path);
    const known = this.#names.get(path);
    known?.change({ kind: 'truncate', bytes: 0 });
    const inode = known ?? new MemoryInode();
    if (known === undefined) this.#change(path, [[path, inode]]);
    return inode;
  }

  list(dir: string): string[] {
    if (!this.#dirs.has(dir)) throw systemError('ENOENT', dir);
    return [...this.#names.keys()].filter((path) => dirname(path) === dir).map((path) => basename(path));
  }

  makeDir(dir: string): void {
    this.#dirs.add(dir);
  }

  rename(from: string, to: string): void {
    const inode = this.find(from);
    this.#change(to, [
      [from, null],
      [to, inode],
    ]);
  }

  remove(path: string): void {
    if (this.#names.has(path)) this.#change(path, [[path, null]]);
  }

  syncDir(dir: string): void {
    for (const change of this.#changes) if (change.dir === dir) apply(change, this.#keptNames);
    this.#changes = this.#changes.filter((change) => change.dir !== dir);
  }

  /** Bytes that a write at a position can have: those in the file already, and what is free. */
  room(inode: MemoryInode, position: number): number {
    return Math.max(0, inode.size - position) + Math.max(0, this.capacityBytes - this.usedBytes);
  }

  get usedBytes(): number {
    let used = 0;
    for (const each of this.#names.values()) used += each.size;
    return used;
  }

  /** Leaves what was synced and, with chance, some of the rest. */
  powerCut(chance: Entropy | null): void {
    const survivors = chance === null ? 0 : chance.integer(0, this.#changes.length + 1);
    for (const change of this.#changes.slice(0, survivors)) apply(change, this.#keptNames);
    this.#changes = [];
    this.#names = new Map(this.#keptNames);
    for (const inode of new Set(this.#names.values())) inode.powerCut(chance);
  }

  /** Puts a file in place, synced. */
  place(path: string, content: Uint8Array): void {
    const inode = new MemoryInode();
    inode.change({ kind: 'write', position: 0, data: content.slice() });
    inode.sync();
    this.#dirs.add(dirname(path));
    this.#names.set(path, inode);
    this.#keptNames.set(path, inode);
  }

  #change(path: string, names: NameChange['names']): void {
    const change = { dir: dirname(path), names };
    apply(change, this.#names);
    this.#changes.push(change);
  }
}

function apply(change: NameChange, names: Map<string, MemoryInode>): void {
  for (const [path, inode] of change.names) {
    if (inode === null) names.delete(path);
    else names.set(path, inode);
  }
}

/** An error such as the operating system's. */
export function systemError(code: string, path: string): Error {
  return Object.assign(new Error(`${code}: ${path}`), { code });
}
