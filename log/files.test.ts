import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { temporaryFolder } from '@weir/testing';
import { writeFully } from './files.js';
import type { FileSystem } from './files.js';
import { MemoryFiles } from './memory-files.js';
import { nodeFiles } from './node-files.js';

const bytes = (...values: number[]): Uint8Array => Uint8Array.from(values);

const adapters: [name: string, make: () => Promise<{ files: FileSystem; dir: string }>][] = [
  ['the node file system', async () => ({ files: nodeFiles, dir: join(await temporaryFolder(), 'a', 'b') })],
  ['the memory file system', () => Promise.resolve({ files: new MemoryFiles(), dir: '/a/b' })],
];

describe.each(adapters)('%s', (_name, make) => {
  async function opened(): Promise<{ files: FileSystem; dir: string; path: string }> {
    const { files, dir } = await make();
    await files.makeDir(dir);
    await files.makeDir(dir);
    return { files, dir, path: join(dir, 'file') };
  }

  it('reads what was written, at any position', async () => {
    const { files, path } = await opened();
    const file = await files.open(path, 'create');
    expect(await file.write([bytes(1, 2), bytes(), bytes(3)], 0)).toBe(3);
    expect(await file.write([bytes(9)], 5)).toBe(1);
    await file.sync();
    expect(await file.size()).toBe(6);
    const into = new Uint8Array(10);
    expect(await file.read(into, 1)).toBe(5);
    expect(into.subarray(0, 5)).toEqual(bytes(2, 3, 0, 0, 9));
    expect(await file.read(into, 6)).toBe(0);
    await file.close();
  });

  it('cuts a file, and fills with zeroes where it grows again', async () => {
    const { files, path } = await opened();
    const file = await files.open(path, 'create');
    await file.write([bytes(1, 2, 3, 4)], 0);
    await file.truncate(1);
    expect(await file.size()).toBe(1);
    await file.truncate(3);
    const into = new Uint8Array(3);
    expect(await file.read(into, 0)).toBe(3);
    expect(into).toEqual(bytes(1, 0, 0));
    await file.close();
  });

  it('opens what is there, and empties it only to create', async () => {
    const { files, path } = await opened();
    await expect(files.open(path, 'read')).rejects.toMatchObject({ code: 'ENOENT' });
    await expect(files.open(path, 'write')).rejects.toMatchObject({ code: 'ENOENT' });
    const first = await files.open(path, 'create');
    await first.write([bytes(1, 2)], 0);
    await first.close();
    const second = await files.open(path, 'write');
    expect(await second.size()).toBe(2);
    await second.close();
    const reader = await files.open(path, 'read');
    await expect(reader.write([bytes(1)], 0)).rejects.toMatchObject({ code: 'EBADF' });
    await reader.close();
    const third = await files.open(path, 'create');
    expect(await third.size()).toBe(0);
    await third.close();
  });

  it('lists, renames over a file that is read on, and removes', async () => {
    const { files, dir, path } = await opened();
    await expect(files.list(join(dir, 'none'))).rejects.toMatchObject({ code: 'ENOENT' });
    await expect(files.rename(join(dir, 'none'), path)).rejects.toMatchObject({ code: 'ENOENT' });
    for (const [name, value] of [
      ['file', 1],
      ['other', 2],
    ] as const) {
      const file = await files.open(join(dir, name), 'create');
      await file.write([bytes(value)], 0);
      await file.close();
    }
    expect((await files.list(dir)).sort()).toEqual(['file', 'other']);
    const old = await files.open(path, 'read');
    await files.rename(join(dir, 'other'), path);
    await files.syncDir(dir);
    expect(await files.list(dir)).toEqual(['file']);
    const into = new Uint8Array(1);
    await old.read(into, 0);
    expect(into).toEqual(bytes(1));
    await old.close();
    await files.remove(path);
    await files.remove(path);
    expect(await files.list(dir)).toEqual([]);
  });

  it('locks out a second comer until released', async () => {
    const { files, path } = await opened();
    const release = await files.lock(path);
    await expect(files.lock(path)).rejects.toMatchObject({ code: 'log.locked' });
    await release();
    await (
      await files.lock(path)
    )();
  });

  it('writes many parts in full', async () => {
    const { files, path } = await opened();
    const parts = Array.from({ length: 3000 }, (_, i) => bytes(i & 255, i >> 8));
    const file = await files.open(path, 'create');
    let written = 0;
    await writeFully(file, parts, 10, (count) => (written += count));
    expect(written).toBe(6000);
    const into = new Uint8Array(6000);
    expect(await file.read(into, 10)).toBe(6000);
    expect(into).toEqual(Uint8Array.from(parts.flatMap((part) => [...part])));
    await file.close();
  });
});
