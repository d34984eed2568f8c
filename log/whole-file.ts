/** Small files that are read and replaced as a whole, through the file system port. */
import { dirname } from 'node:path';
import type { FileSystem } from './files.js';
import { writeFully } from './files.js';

/** The content of a file. Throws the system's error, such as ENOENT. */
export async function readFile(files: FileSystem, path: string): Promise<Buffer> {
  const file = await files.open(path, 'read');
  try {
    const bytes = Buffer.alloc(await file.size());
    return bytes.subarray(0, await file.read(bytes, 0));
  } finally {
    await file.close();
  }
}

/**
 * Replaces a file so that a reader, or a crash at any moment, sees the old content or the new, never a mixture. On disk
 * when this resolves. One call at a time for a path. Throws the system's error.
 */
export async function replaceFile(files: FileSystem, path: string, bytes: Uint8Array): Promise<void> {
  const draft = `${path}.new`;
  const file = await files.open(draft, 'create');
  try {
    await writeFully(file, [bytes], 0);
    await file.sync();
  } finally {
    await file.close();
  }
  await files.rename(draft, path);
  await files.syncDir(dirname(path));
}
