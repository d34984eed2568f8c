/**
 * A file of `MemoryFiles`: what programs see, what the disk has, and the changes between the two.
 *
 *   write, truncate --> seen            (the page cache)
 *                       dirty changes   --sync--> kept   (the disk)
 *
 * A sync that fails leaves `seen` as it is and forgets the dirty changes: as in Linux, the pages then count as clean, and
 * a later sync that succeeds has not written them.
 */
import type { Entropy } from '@weir/runtime';

const SECTOR_BYTES = 512;

type Change =
  | { readonly kind: 'write'; readonly position: number; readonly data: Uint8Array }
  | { readonly kind: 'truncate'; readonly bytes: number };

export class MemoryInode {
  readonly #seen = new Content();
  readonly #kept = new Content();
  #dirty: Change[] = [];

  get size(): number {
    return this.#seen.size;
  }

  /** A copy of what programs see. */
  bytes(): Uint8Array {
    return this.#seen.bytes.slice();
  }

  read(into: Uint8Array, position: number): number {
    const found = this.#seen.bytes.subarray(position, position + into.length);
    into.set(found);
    return found.length;
  }

  change(change: Change): void {
    this.#seen.apply(change);
    this.#dirty.push(change);
  }

  sync(): void {
    for (const change of this.#dirty) this.#kept.apply(change);
    this.#dirty = [];
  }

  /** The disk refused the dirty pages. */
  loseDirty(): void {
    this.#dirty = [];
  }

  /** What is on the medium itself changes: bit rot. */
  corrupt(position: number, mask: number): void {
    for (const content of [this.#seen, this.#kept]) content.flip(position, mask);
  }

  /** After a power cut the disk has what was synced, and of each later change as much as chance will have. */
  powerCut(chance: Entropy | null): void {
    for (const change of this.#dirty) {
      if (chance === null) continue;
      for (const part of survivors(change, chance)) this.#kept.apply(part);
    }
    this.#dirty = [];
    this.#seen.become(this.#kept);
  }
}

/** Sectors are written in any order; each is there or not, and the last one may be cut. */
function survivors(change: Change, chance: Entropy): Change[] {
  const mood = chance.integer(0, 4);
  if (mood === 0) return [];
  if (mood === 1 || change.kind === 'truncate') return [change];
  const parts: Change[] = [];
  for (let at = 0; at < change.data.length;) {
    const sectorEnd = SECTOR_BYTES - ((change.position + at) % SECTOR_BYTES);
    const data = change.data.subarray(at, at + sectorEnd);
    if (chance.unit() < 0.5) parts.push({ kind: 'write', position: change.position + at, data });
    else if (mood === 2) {
      parts.push({
        kind: 'write',
        position: change.position + at,
        data: data.subarray(0, chance.integer(0, data.length)),
      });
      break;
    }
    at += data.length;
  }
  return parts;
}

/** Bytes that grow. */
class Content {
  #buffer = new Uint8Array(0);
  size = 0;

  get bytes(): Uint8Array {
    return this.#buffer.subarray(0, this.size);
  }

  apply(change: Change): void {
    if (change.kind === 'truncate') {
      this.#resize(change.bytes);
      return;
    }
    if (change.data.length === 0) return;
    this.#resize(Math.max(this.size, change.position + change.data.length));
    this.#buffer.set(change.data, change.position);
  }

  become(other: Content): void {
    this.#buffer = other.bytes.slice();
    this.size = other.size;
  }

  flip(position: number, mask: number): void {
    if (position < this.size) this.#buffer[position] = (this.#buffer[position] ?? 0) ^ mask;
  }

  #resize(size: number): void {
    if (size > this.#buffer.length) {
      const grown = new Uint8Array(Math.max(size, 2 * this.#buffer.length));
      grown.set(this.bytes);
      this.#buffer = grown;
    } else if (size < this.size) {
      this.#buffer.fill(0, size, this.size);
    }
    this.size = size;
  }
}
