import { mkdtemp, readdir, readFile, rm, stat } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, it } from 'vitest';
import { writeFileAtomic } from './atomic-file.js';

it('replaces a file whole, sets its mode, and leaves nothing beside it', async () => {
  const folder = await mkdtemp(join(tmpdir(), 'weir-atomic-'));
  try {
    const path = join(folder, 'secret');
    await writeFileAtomic(path, 'one');
    await writeFileAtomic(path, 'two', 0o600);
    expect(await readFile(path, 'utf8')).toBe('two');
    expect((await stat(path)).mode & 0o777).toBe(0o600);
    expect(await readdir(folder)).toEqual(['secret']);
    await expect(writeFileAtomic(join(folder, 'none', 'x'), 'three')).rejects.toThrow(/ENOENT/);
  } finally {
    await rm(folder, { recursive: true });
  }
});
