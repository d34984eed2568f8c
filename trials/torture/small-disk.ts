/** A small disk for the hub alone, to be filled: a tmpfs, which takes root. */
import { execFileSync } from 'node:child_process';
import { cpSync, mkdirSync, rmSync, statfsSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { messageOf } from '@weir/runtime';

const SIZE = '192m';
const FILLER = 'filler';

export class SmallDisk {
  readonly #path: string;

  /** Mounts it. Throws when that is not allowed. */
  constructor(path: string) {
    this.#path = path;
    mkdirSync(path, { recursive: true });
    try {
      execFileSync('mount', ['-t', 'tmpfs', '-o', `size=${SIZE}`, 'weir-torture', path], { stdio: 'pipe' });
    } catch (error) {
      throw new Error(`the fault "disk" needs a tmpfs, which root alone may mount: ${messageOf(error)}`, {
        cause: error,
      });
    }
  }

  /** Takes all the room there is. */
  fill(): void {
    const { bavail, bsize } = statfsSync(this.#path);
    try {
      writeFileSync(join(this.#path, FILLER), Buffer.alloc(bavail * bsize, 1), { flag: 'a' });
    } catch {
      // The last blocks were taken by somebody else: full is full.
    }
  }

  free(): void {
    rmSync(join(this.#path, FILLER), { force: true });
  }

  /** Unmounts it; `keep`: what it held stays in its place. */
  remove(keep: boolean): void {
    const aside = `${this.#path}.kept`;
    if (keep) cpSync(this.#path, aside, { recursive: true });
    execFileSync('umount', ['-l', this.#path], { stdio: 'pipe' });
    if (!keep) return;
    rmSync(this.#path, { recursive: true, force: true });
    cpSync(aside, this.#path, { recursive: true });
    rmSync(aside, { recursive: true, force: true });
  }
}
