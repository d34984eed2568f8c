import { join } from 'node:path';
import { seededEntropy } from '@weir/runtime';
import { expect, it } from 'vitest';
import { temporaryFolder } from '@weir/testing';
import { Cursor } from './cursor.js';
import { MemoryFiles } from './memory-files.js';

async function disk(): Promise<MemoryFiles> {
  const files = new MemoryFiles();
  await files.makeDir('/d');
  return files;
}

it('keeps a value in a real file', async () => {
  const path = join(await temporaryFolder(), 'cursor');
  const cursor = await Cursor.open(path);
  expect(cursor.value).toBe(0);
  await cursor.save(Number.MAX_SAFE_INTEGER);
  expect(cursor.value).toBe(Number.MAX_SAFE_INTEGER);
  expect((await Cursor.open(path)).value).toBe(Number.MAX_SAFE_INTEGER);
  await cursor.save(5);
  expect((await Cursor.open(path)).value).toBe(5);
});

it('writes the last of many values, and each caller waits for it', async () => {
  const files = await disk();
  const cursor = await Cursor.open('/d/cursor', { files });
  await Promise.all([1, 2, 3, 4, 5].map((value) => cursor.save(value)));
  expect(cursor.value).toBe(5);
  expect(files.counts.get('rename')).toBeLessThanOrEqual(2);
  files.powerCut();
  expect((await Cursor.open('/d/cursor', { files })).value).toBe(5);
});

it('holds the old value or the new one after a crash at any operation', async () => {
  for (let operations = 0; operations < 12; operations++) {
    const files = await disk();
    const cursor = await Cursor.open('/d/cursor', { files });
    await cursor.save(7);
    let left = operations;
    files.fault = () => (left-- > 0 ? null : { stop: 9 });
    const saved = await cursor.save(8).then(
      () => true,
      () => false,
    );
    files.fault = null;
    files.powerCut(seededEntropy(operations));
    expect(saved ? [8] : [7, 8]).toContain((await Cursor.open('/d/cursor', { files })).value);
  }
});

it('fails with the reason of the system, and can be saved again', async () => {
  const files = await disk();
  const cursor = await Cursor.open('/d/cursor', { files });
  files.capacityBytes = 3;
  await expect(cursor.save(1)).rejects.toMatchObject({ code: 'log.io' });
  expect(cursor.value).toBe(0);
  files.capacityBytes = Infinity;
  await cursor.save(2);
  expect(cursor.value).toBe(2);
  await expect(cursor.save(-1)).rejects.toMatchObject({ code: 'log.bad_offset' });
  await expect(cursor.save(0.5)).rejects.toMatchObject({ code: 'log.bad_offset' });
});

it('tells a damaged file, whichever byte it is, and may begin anew', async () => {
  const files = await disk();
  await (await Cursor.open('/d/cursor', { files })).save(123_456_789);
  const size = files.contents('/d/cursor').length;
  for (let position = 0; position < size; position++) {
    files.corrupt('/d/cursor', position, 0x10);
    await expect(Cursor.open('/d/cursor', { files })).rejects.toMatchObject({ code: 'log.cursor_damaged' });
    files.corrupt('/d/cursor', position, 0x10);
  }
  for (const content of [
    new Uint8Array(0),
    new Uint8Array(size),
    files.contents('/d/cursor').subarray(1),
    new Uint8Array(21),
  ]) {
    files.place('/d/bad', content);
    await expect(Cursor.open('/d/bad', { files })).rejects.toMatchObject({ code: 'log.cursor_damaged' });
  }
  const fresh = Cursor.create('/d/bad', { files });
  await fresh.save(3);
  expect((await Cursor.open('/d/bad', { files })).value).toBe(3);
});
