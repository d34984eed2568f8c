import { seededEntropy } from '@weir/runtime';
import { describe, expect, it } from 'vitest';
import { MemoryFiles } from './memory-files.js';
import type { OpenFile } from './files.js';

const PATH = '/d/file';

async function begun(): Promise<{ files: MemoryFiles; file: OpenFile }> {
  const files = new MemoryFiles();
  await files.makeDir('/d');
  const file = await files.open(PATH, 'create');
  await file.write([Uint8Array.of(1, 2, 3)], 0);
  await file.sync();
  await files.syncDir('/d');
  return { files, file };
}

describe('a power cut', () => {
  it('leaves what was synced, and the names that were', async () => {
    const { files, file } = await begun();
    await file.write([Uint8Array.of(4)], 3);
    await files.open('/d/unsynced', 'create');
    files.powerCut();
    expect(await files.list('/d')).toEqual(['file']);
    expect(files.contents(PATH)).toEqual(Uint8Array.of(1, 2, 3));
    await expect(file.size()).rejects.toMatchObject({ code: 'ESTOPPED' });
  });

  it('leaves unsynced bytes or not, in part or whole, as chance will have it', async () => {
    const outcomes = new Set<string>();
    for (let seed = 0; seed < 60; seed++) {
      const { files, file } = await begun();
      await file.write([new Uint8Array(1000).fill(7)], 3);
      files.powerCut(seededEntropy(seed));
      const left = files.contents(PATH);
      expect(left.subarray(0, 3)).toEqual(Uint8Array.of(1, 2, 3));
      expect(left.subarray(3).every((byte) => byte === 7 || byte === 0)).toBe(true);
      outcomes.add(
        left.length === 3 ? 'none' : left.length < 1003 ? 'cut' : left.includes(0) ? 'holes' : 'all',
      );
    }
    expect([...outcomes].sort()).toEqual(['all', 'cut', 'holes', 'none']);
  });
});

describe('a fault', () => {
  it('of a sync: the bytes stay visible, yet no later sync keeps them', async () => {
    const { files, file } = await begun();
    await file.write([Uint8Array.of(4)], 3);
    files.fault = ({ kind }) => (kind === 'sync' ? { code: 'EIO' } : null);
    await expect(file.sync()).rejects.toMatchObject({ code: 'EIO' });
    files.fault = null;
    await file.sync();
    expect(files.contents(PATH)).toEqual(Uint8Array.of(1, 2, 3, 4));
    files.powerCut();
    expect(files.contents(PATH)).toEqual(Uint8Array.of(1, 2, 3));
  });

  it('stops the machine in the midst of a write', async () => {
    const { files, file } = await begun();
    files.fault = ({ kind }) => (kind === 'write' ? { stop: 2 } : null);
    await expect(file.write([Uint8Array.of(7, 8, 9)], 3)).rejects.toMatchObject({ code: 'ESTOPPED' });
    await expect(files.list('/d')).rejects.toMatchObject({ code: 'ESTOPPED' });
    files.fault = null;
    files.kill();
    expect(files.contents(PATH)).toEqual(Uint8Array.of(1, 2, 3, 7, 8));
  });

  it('of space: a write is cut short, the next one fails', async () => {
    const { files, file } = await begun();
    files.capacityBytes = 5;
    expect(await file.write([Uint8Array.of(7, 8, 9)], 3)).toBe(2);
    await expect(file.write([Uint8Array.of(9)], 5)).rejects.toMatchObject({ code: 'ENOSPC' });
    await file.truncate(3);
    expect(await file.write([Uint8Array.of(9)], 3)).toBe(1);
  });
});
