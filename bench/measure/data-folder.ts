import { statfs } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { resolve } from 'node:path';
import { makeDirectory, messageOf, WeirError } from '@weir/runtime';

/** Types of file systems that have no disk below them, statfs(2). */
const IN_MEMORY = new Map([
  [0x01021994, 'tmpfs'],
  [0x858458f6, 'ramfs'],
]);

/** A folder on a disk, made if absent; '' is the system's temporary one. Throws `bench.bad_folder`. */
export async function dataFolder(path: string): Promise<string> {
  const folder = path === '' ? tmpdir() : resolve(path);
  try {
    await makeDirectory(folder);
    const memory = IN_MEMORY.get((await statfs(folder)).type);
    if (memory === undefined) return folder;
    throw new WeirError(
      'bench.bad_folder',
      `${folder} is in memory (${memory}); name one on a disk with --dir`,
    );
  } catch (error) {
    if (error instanceof WeirError) throw error;
    throw new WeirError('bench.bad_folder', `cannot use ${folder}: ${messageOf(error)}`, { cause: error });
  }
}
