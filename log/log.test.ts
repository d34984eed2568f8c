import { join } from 'node:path';
import fc from 'fast-check';
import { describe, expect, it, onTestFinished } from 'vitest';
import { temporaryFolder } from '@weir/testing';
import type { FileSystem } from './files.js';
import { ManualTimers, numbered, readAll, settle } from './harness.js';
import { Log } from './log.js';
import type { LogOptions } from './log-options.js';
import { MemoryFiles } from './memory-files.js';
import { nodeFiles } from './node-files.js';
import { MAX_RECORD_BYTES, RECORD_HEADER_BYTES } from './record.js';
import { SEGMENT_HEADER_BYTES } from './segment.js';

const adapters: [name: string, make: () => Promise<{ files: FileSystem; dir: string }>][] = [
  ['the node file system', async () => ({ files: nodeFiles, dir: join(await temporaryFolder(), 'log') })],
  ['the memory file system', () => Promise.resolve({ files: new MemoryFiles(), dir: '/log' })],
];

/** Opens a log that is closed when the test ends. */
async function open(dir: string, options: LogOptions): Promise<Log> {
  const log = await Log.open(dir, options);
  onTestFinished(() => log.close().catch(() => undefined));
  return log;
}

function read(log: Log, from = 0): ReturnType<typeof readAll> {
  return readAll((at) => log.read(at), from, log.durable);
}

describe.each(adapters)('a log on %s', (_name, make) => {
  it('starts empty', async () => {
    const { files, dir } = await make();
    const log = await open(dir, { files });
    expect([log.start, log.durable, log.end, log.pendingBytes]).toEqual([0, 0, 0, 0]);
    expect([log.state, log.error, log.problems]).toEqual(['ok', null, []]);
    expect(await log.read(0)).toEqual({ records: [], next: 0, skipped: [] });
    await log.flushed();
  });

  it('gives back what was appended, in order, from any record on, and after reopening', async () => {
    const { files, dir } = await make();
    const log = await open(dir, { files, segmentBytes: 4000 });
    const sizes = [0, 1, 26, 48, 49, 192, 193, 1000, 3000, 5000, 0, 7];
    const written = sizes.map((size, i) => {
      const offset = log.end;
      const data = numbered(i, size);
      const next = log.append(data.subarray(0, size >> 1), data.subarray(size >> 1));
      expect(next).toBe(offset + RECORD_HEADER_BYTES + size);
      return { offset, next, data };
    });
    await log.flushed();
    expect(log.durable).toBe(log.end);
    expect((await read(log)).records).toEqual(written);
    for (const [i, { offset }] of written.entries()) {
      expect((await read(log, offset)).records).toEqual(written.slice(i));
      expect((await log.read(offset, 1)).records).toEqual([written[i]]);
    }
    await log.close();
    const again = await open(dir, { files });
    expect([again.start, again.durable, again.end]).toEqual([0, log.end, log.end]);
    expect((await read(again)).records).toEqual(written);
    expect(again.problems).toEqual([]);
  });

  it('goes on where it ended, in segments of the size asked for', async () => {
    const { files, dir } = await make();
    let end = 0;
    for (let run = 0; run < 4; run++) {
      const log = await open(dir, { files, segmentBytes: 500 });
      expect(log.end).toBe(end);
      for (let i = 0; i < 10; i++) end = log.append(numbered(run * 10 + i, 100));
      await log.close();
    }
    const names = (await files.list(dir)).filter((name) => name.endsWith('.log')).sort();
    expect(names).toEqual(Array.from({ length: 10 }, (_, i) => `${String(i * 432).padStart(20, '0')}.log`));
    const file = await files.open(join(dir, names[1]!), 'read');
    expect(await file.size()).toBe(SEGMENT_HEADER_BYTES + 432);
    await file.close();
    const { records } = await read(await open(dir, { files }));
    expect(records.map(({ data }) => data)).toEqual(Array.from({ length: 40 }, (_, i) => numbered(i, 100)));
  });

  it('tells of durable offsets, in order, each the end of a record', async () => {
    const { files, dir } = await make();
    const log = await open(dir, { files });
    const ends = new Set<number>();
    const told: number[] = [];
    log.onDurable((durable) => told.push(durable));
    const off = log.onDurable(() => expect.unreachable());
    off();
    for (let i = 0; i < 50; i++) {
      ends.add(log.append(numbered(i, i)));
      if (i % 7 === 0) await log.flushed();
    }
    await log.flushed();
    expect(told).toEqual([...told].sort((a, b) => a - b));
    expect(told.every((durable) => ends.has(durable))).toBe(true);
    expect(told.at(-1)).toBe(log.end);
  });

  it('drops whole segments below an offset, and readers are told', async () => {
    const { files, dir } = await make();
    const log = await open(dir, { files, segmentBytes: 500 });
    for (let i = 0; i < 20; i++) log.append(numbered(i, 100));
    await log.flushed();
    await log.dropBefore(431);
    expect(log.start).toBe(0);
    await log.dropBefore(1000);
    expect(log.start).toBe(864);
    const { records, skipped } = await read(log);
    expect(skipped).toEqual([{ from: 0, to: 864, reason: 'retention' }]);
    expect(records.map(({ data }) => data)).toEqual(
      Array.from({ length: 12 }, (_, i) => numbered(i + 8, 100)),
    );
    await log.dropBefore(log.end);
    expect(log.start).toBe(log.end - 432);
    await log.close();
    const again = await open(dir, { files });
    expect([again.start, again.end]).toEqual([log.end - 432, log.end]);
    expect(again.problems).toEqual([]);
  });

  it('reads from within a record at the next one, and says so', async () => {
    const { files, dir } = await make();
    const log = await open(dir, { files });
    for (let i = 0; i < 3; i++) log.append(numbered(i, 100));
    await log.flushed();
    const batch = await log.read(150);
    expect(batch.skipped).toEqual([{ from: 150, to: 216, reason: 'misaligned' }]);
    expect(batch.records.map(({ data }) => data)).toEqual([numbered(2, 100)]);
    expect(log.problems).toEqual([]);
  });

  it('refuses what it cannot take, and takes the rest', async () => {
    const { files, dir } = await make();
    const log = await open(dir, { files, maxPendingBytes: 3_000_000 });
    expect(() => log.append(new Uint8Array(MAX_RECORD_BYTES + 1))).toThrow('larger than 2097151');
    const end = log.append(new Uint8Array(MAX_RECORD_BYTES));
    expect(() => log.append(new Uint8Array(1_000_000))).toThrow('3000000 bytes already wait');
    await log.flushed();
    expect(log.durable).toBe(end);
    await expect(log.read(end + 1)).rejects.toMatchObject({ code: 'log.beyond_end' });
    await expect(log.read(-1)).rejects.toMatchObject({ code: 'log.bad_offset' });
    await expect(log.read(0.5)).rejects.toMatchObject({ code: 'log.bad_offset' });
    await log.close();
    expect(() => log.append(new Uint8Array(1))).toThrow('closed');
    await expect(log.read(0)).rejects.toMatchObject({ code: 'log.closed' });
  });

  it('has one writer', async () => {
    const { files, dir } = await make();
    const log = await open(dir, { files });
    await expect(Log.open(dir, { files })).rejects.toMatchObject({ code: 'log.locked' });
    await log.close();
    await open(dir, { files });
  });

  it('makes durable on close what was appended', async () => {
    const { files, dir } = await make();
    const log = await open(dir, { files, commitDelayMs: 3_600_000 });
    log.append(numbered(1, 10));
    await log.close();
    expect(log.durable).toBe(18);
    const { records } = await read(await open(dir, { files }));
    expect(records.map(({ data }) => data)).toEqual([numbered(1, 10)]);
  });
});

describe('group commit', () => {
  it('makes one write and one sync of what arrives together, and of what arrives during a sync', async () => {
    const files = new MemoryFiles();
    const log = await open('/log', { files });
    log.append(numbered(0, 26));
    await log.flushed();
    const before = { writes: files.counts.get('write')!, syncs: files.counts.get('sync')! };
    for (let i = 0; i < 500; i++) log.append(numbered(i, 26));
    await settle(2);
    for (let i = 0; i < 500; i++) log.append(numbered(i, 26));
    await log.flushed();
    expect(files.counts.get('write')! - before.writes).toBe(2);
    expect(files.counts.get('sync')! - before.syncs).toBe(2);
  });

  it('waits for the commit delay, but not with half of its memory used', async () => {
    const files = new MemoryFiles();
    const timers = new ManualTimers();
    const log = await open('/log', { files, timers, commitDelayMs: 500, maxPendingBytes: 1000 });
    log.append(numbered(0, 100));
    await settle();
    expect([log.durable, timers.delays]).toEqual([0, [500]]);
    timers.fire();
    await log.flushed();
    expect(timers.delays).toEqual([]);
    log.append(numbered(1, 100));
    await settle();
    expect(log.durable).toBe(108);
    log.append(numbered(2, 400));
    await log.flushed();
    expect([log.durable, timers.delays]).toEqual([624, []]);
  });

  it('goes on when a listener fails', async () => {
    const log = await open('/log', { files: new MemoryFiles() });
    const told: number[] = [];
    log.onDurable(() => {
      throw new Error('listener');
    });
    log.onDurable((durable) => told.push(durable));
    log.append(numbered(0, 1));
    await log.flushed();
    log.append(numbered(0, 1));
    await log.flushed();
    expect(told).toEqual([9, 18]);
  });
});

it('counts the bytes written', async () => {
  const log = await open('/log', { files: new MemoryFiles() });
  for (let i = 0; i < 10; i++) log.append(numbered(i, 26));
  await log.flushed();
  expect(log.bytesWritten).toBe(SEGMENT_HEADER_BYTES + 10 * (26 + RECORD_HEADER_BYTES));
});

it('gives no offset below the floor to new records', async () => {
  const files = new MemoryFiles();
  const log = await open('/log', { files });
  log.append(numbered(0, 10));
  await log.close();
  const floored = await open('/log', { files, floor: 1000 });
  expect([
    floored.end,
    floored.problems.map(({ offset, length, reason }) => [offset, length, reason]),
  ]).toEqual([1000, [[18, 982, 'lost end']]]);
  expect(floored.append(numbered(1, 10))).toBe(1018);
  await floored.flushed();
  const { records, skipped } = await read(floored);
  expect(records.map(({ offset, data }) => [offset, data])).toEqual([
    [0, numbered(0, 10)],
    [1000, numbered(1, 10)],
  ]);
  expect(skipped).toEqual([{ from: 18, to: 1000, reason: 'missing' }]);
});

it('appends and reads any records in any groups', async () => {
  const groups = fc.array(fc.array(fc.nat(400), { maxLength: 20 }), { maxLength: 12 });
  await fc.assert(
    fc.asyncProperty(
      groups,
      fc.integer({ min: 1, max: 2000 }),
      fc.integer({ min: 1, max: 600 }),
      async (sizes, segmentBytes, maxBytes) => {
        const log = await Log.open('/log', { files: new MemoryFiles(), segmentBytes });
        let count = 0;
        for (const group of sizes) {
          for (const size of group) log.append(numbered(count++, size));
          await settle(sizes.length);
        }
        await log.flushed();
        const { records } = await readAll((at) => log.read(at, maxBytes), 0, log.durable);
        expect(records.map(({ data }) => data)).toEqual(sizes.flat().map((size, i) => numbered(i, size)));
        await log.close();
      },
    ),
    { numRuns: 60 },
  );
});

it('holds few files open, and none when closed', async () => {
  const files = new MemoryFiles();
  const log = await Log.open('/log', { files, segmentBytes: 200 });
  for (let i = 0; i < 60; i++) log.append(numbered(i, 100));
  await log.flushed();
  const reads = Array.from({ length: 60 }, (_, i) => log.read(i * 108));
  expect((await Promise.all(reads)).map(({ next }) => next)).toEqual(reads.map((_, i) => (i + 1) * 108));
  expect(files.openFiles).toBeLessThanOrEqual(1 + 8);
  await log.dropBefore(log.end);
  expect(files.openFiles).toBeLessThanOrEqual(2);
  await log.close();
  expect(files.openFiles).toBe(0);
});

it('keeps through a power cut what it dropped dropped', async () => {
  const files = new MemoryFiles();
  const log = await Log.open('/log', { files, segmentBytes: 500 });
  for (let i = 0; i < 20; i++) log.append(numbered(i, 100));
  await log.flushed();
  await log.dropBefore(1000);
  files.powerCut();
  expect((await Log.open('/log', { files })).start).toBe(864);
});
