/**
 * A machine's disk as its processes meet it: each operation takes time, and what a process asked for may have happened
 * or not when it dies meanwhile. Underneath lie files in memory with a page cache (MemoryFiles), whose faults are set here.
 *
 *   ask ──(time)──► effect ──► answer        or        ask ──► effect ──(time)──► answer
 */
import { WeirError, type Entropy } from '@weir/runtime';
import type { Fault, FileSystem, MemoryFiles, OpenFile, Operation } from '@weir/log';
import type { Life } from './life.js';
import type { World } from './world.js';

/** Us that an operation takes on a disk in good health: least and most. */
const SYNC_US = [300, 8_000] as const;
const OTHER_US = [5, 150] as const;
/** Times that when the disk is slow. */
const SLOWNESS = 60;
const CHANGES: readonly Operation['kind'][] = ['write', 'sync', 'rename', 'remove', 'truncate', 'syncDir'];

export class Disk {
  /** Operations of which some fail with EIO, in place of any before. */
  failing: { readonly kinds: readonly Operation['kind'][]; readonly share: number } | null = null;
  slow = false;
  /** Bugs on purpose: syncs are answered at once and done later; what is written goes behind whatever the file holds. */
  syncsLater = false;
  appendsOnly = false;
  /** Hears once of the next operation that changes something, with the us that it takes. */
  onChange: ((us: number) => void) | null = null;
  /** True us since when nothing has gone wrong here that keeps a process from making its data safe; null while it does. */
  soundSinceUs: number | null = 0;
  readonly #world: World;
  readonly #name: string;
  readonly #storage: MemoryFiles;
  readonly #chance: Entropy;
  readonly #locks = new Map<string, Life>();

  constructor(world: World, name: string, storage: MemoryFiles) {
    this.#world = world;
    this.#name = name;
    this.#storage = storage;
    this.#chance = world.chance(`disk ${name}`);
    storage.fault = (operation) => this.#faultOf(operation);
  }

  get capacityBytes(): number {
    return this.#storage.capacityBytes;
  }

  /** Bytes in use, and room for so many more. */
  fill(roomBytes: number): void {
    this.#storage.capacityBytes = this.#storage.usedBytes + roomBytes;
    this.#trouble(`full, room for ${roomBytes} B`);
  }

  fail(kinds: readonly Operation['kind'][], share: number): void {
    this.failing = { kinds, share };
    this.#trouble(`fails in ${Math.round(100 * share)} % of ${kinds.join(', ')}`);
  }

  slowDown(): void {
    this.slow = true;
    this.#trouble('slow');
  }

  heal(): void {
    if (this.soundSinceUs !== null) return;
    this.#storage.capacityBytes = Infinity;
    this.failing = null;
    this.slow = false;
    this.soundSinceUs = this.#world.nowUs;
    this.#world.note(this.#name, 'disk: sound again');
  }

  of(life: Life): FileSystem {
    const guarded = this.#storage.forProcess();
    const timed = <T>(kind: Operation['kind'], effect: () => Promise<T>): Promise<T> =>
      this.#timed(life, kind, effect);
    return {
      open: async (path, mode) => {
        const file = await timed('open', () => guarded.open(path, mode));
        return this.#timedFile(file, timed);
      },
      list: (dir) => timed('list', () => guarded.list(dir)),
      makeDir: (dir) => timed('makeDir', () => guarded.makeDir(dir)),
      rename: (from, to) => timed('rename', () => guarded.rename(from, to)),
      remove: (path) =>
        timed('remove', () => {
          // A lock is a file: taking it away frees it.
          this.#locks.delete(path);
          return guarded.remove(path);
        }),
      syncDir: (dir) => timed('syncDir', () => guarded.syncDir(dir)),
      lock: (path) => timed('lock', () => this.#lock(life, path)),
    };
  }

  #timedFile(
    file: OpenFile,
    timed: <T>(kind: Operation['kind'], effect: () => Promise<T>) => Promise<T>,
  ): OpenFile {
    return {
      size: () => timed('size', () => file.size()),
      read: (into, position) => timed('read', () => file.read(into, position)),
      write: (parts, position) => {
        if (!this.appendsOnly) return timed('write', () => file.write(parts, position));
        return timed('write', async () => file.write(parts, Math.max(position, await file.size())));
      },
      sync: () => {
        if (!this.syncsLater) return timed('sync', () => file.sync());
        this.#world.after(
          this.#chance.integer(100_000, 3_000_000),
          () => void file.sync().catch(() => undefined),
        );
        return timed('size', () => Promise.resolve());
      },
      truncate: (bytes) =>
        timed('truncate', () => (this.appendsOnly ? Promise.resolve() : file.truncate(bytes))),
      close: () => file.close(),
    };
  }

  /** As lock-file.ts: a lock of a dead process is taken over, one of a dead thread in a living process is not. */
  #lock(life: Life, path: string): Promise<() => Promise<void>> {
    const holder = this.#locks.get(path);
    if (holder?.process.alive === true) {
      const details = { file: path, pid: holder.process === life.process ? process.pid : 0 };
      return Promise.reject(new WeirError('log.locked', `${path} is locked`, { retryable: true, details }));
    }
    this.#locks.set(path, life);
    return Promise.resolve(() => {
      if (this.#locks.get(path) === life) this.#locks.delete(path);
      return Promise.resolve();
    });
  }

  async #timed<T>(life: Life, kind: Operation['kind'], effect: () => Promise<T>): Promise<T> {
    if (!life.alive) return new Promise<T>(() => undefined);
    const [least, most] = kind === 'sync' || kind === 'syncDir' ? SYNC_US : OTHER_US;
    const us = this.#chance.integer(least, most) * (this.slow ? SLOWNESS : 1);
    if (CHANGES.includes(kind)) this.#tellOfChange(us);
    if (this.#chance.unit() < 0.5) {
      await life.sleep(us);
      return effect();
    }
    try {
      return await effect();
    } finally {
      await life.sleep(us);
    }
  }

  #tellOfChange(us: number): void {
    const hear = this.onChange;
    this.onChange = null;
    hear?.(us);
  }

  #faultOf({ kind, bytes }: Operation): Fault | null {
    if (this.failing?.kinds.includes(kind) !== true || this.#chance.unit() >= this.failing.share) return null;
    this.#world.note(this.#name, `disk: ${kind} fails`);
    return { code: 'EIO', bytes: kind === 'write' ? this.#chance.integer(0, bytes + 1) : 0 };
  }

  #trouble(what: string): void {
    this.soundSinceUs = null;
    this.#world.note(this.#name, `disk: ${what}`);
  }
}
