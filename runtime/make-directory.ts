import { mkdir, stat } from 'node:fs/promises';
import { dirname } from 'node:path';
import { systemCode } from './errors.js';

/**
 * Makes a directory, and those above it, unless they are there; `mode` is for those that it makes. Rejects with the
 * system's error. In place of `mkdir` with `recursive`, which in Node never returns where the system says ENOENT below
 * a directory that exists, as in /proc.
 */
export async function makeDirectory(path: string, mode = 0o777): Promise<void> {
  try {
    await mkdir(path, mode);
  } catch (error) {
    const parent = dirname(path);
    if (systemCode(error) === 'ENOENT' && parent !== path) {
      await makeDirectory(parent, mode);
      return makeLast(path, mode);
    }
    await unlessThere(path, error);
  }
}

async function makeLast(path: string, mode: number): Promise<void> {
  try {
    await mkdir(path, mode);
  } catch (error) {
    await unlessThere(path, error);
  }
}

/** Whatever kept it from being made (a file system that is read-only says that first), it may be there. */
async function unlessThere(path: string, error: unknown): Promise<void> {
  const there = await stat(path).catch(() => null);
  if (there?.isDirectory() !== true) throw error;
}
