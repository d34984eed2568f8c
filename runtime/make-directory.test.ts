import { mkdir, mkdtemp, rm, stat, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, expect, it, onTestFinished } from 'vitest';
import { makeDirectory } from './make-directory.js';

async function temporaryFolder(): Promise<string> {
  const path = await mkdtemp(join(tmpdir(), 'weir-test-'));
  onTestFinished(() => rm(path, { recursive: true }));
  return path;
}

describe('makeDirectory', () => {
  it('makes what is missing, for whom it is told, and leaves what is there', async () => {
    const folder = await temporaryFolder();
    const path = join(folder, 'a', 'b', 'c');
    await makeDirectory(path, 0o700);
    for (const each of [path, join(folder, 'a')]) expect((await stat(each)).mode & 0o777).toBe(0o700);
    await makeDirectory(path);
    await makeDirectory('/');
    expect((await stat(path)).mode & 0o777).toBe(0o700);
  });

  it('can be called by many at once', async () => {
    const path = join(await temporaryFolder(), 'a', 'b');
    await Promise.all(Array.from({ length: 20 }, () => makeDirectory(path)));
    expect((await stat(path)).isDirectory()).toBe(true);
  });

  it('says what is in the way', async () => {
    const folder = await temporaryFolder();
    await writeFile(join(folder, 'file'), '');
    await mkdir(join(folder, 'there'));
    await expect(makeDirectory(join(folder, 'file'))).rejects.toMatchObject({ code: 'EEXIST' });
    await expect(makeDirectory(join(folder, 'file', 'a', 'b'))).rejects.toMatchObject({ code: 'ENOTDIR' });
    await expect(makeDirectory(join(folder, 'there', 'x'.repeat(300)))).rejects.toMatchObject({
      code: 'ENAMETOOLONG',
    });
  });

  it.skipIf(process.platform !== 'linux')(
    'fails where the system makes none, and does not hang',
    async () => {
      await expect(makeDirectory('/proc/weir')).rejects.toMatchObject({ code: 'ENOENT' });
      await expect(makeDirectory('/proc/weir/a/b')).rejects.toMatchObject({ code: 'ENOENT' });
    },
  );
});
