import { once } from 'node:events';
import { Worker } from 'node:worker_threads';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { temporaryFolder } from '@weir/testing';
import { numbered, readAll, settle } from './harness.js';
import { LogReader } from './log-reader.js';
import { Log } from './log.js';
import { MemoryFiles } from './memory-files.js';

describe('a reader beside the writer', () => {
  it('sees segments come and go, up to what it is told is durable', async () => {
    const files = new MemoryFiles();
    const log = await Log.open('/log', { files, segmentBytes: 500 });
    const reader = await LogReader.open('/log', { files });
    expect([reader.start, await reader.read(0, 0)]).toEqual([0, { records: [], next: 0, skipped: [] }]);
    let at = 0;
    for (let i = 0; i < 30; i++) {
      log.append(numbered(i, 100));
      await log.flushed();
      const batch = await reader.read(at, log.durable);
      expect(batch.records.map(({ data }) => data)).toEqual([numbered(i, 100)]);
      at = batch.next;
      await log.dropBefore(at);
    }
    await expect(reader.read(at + 1, at)).rejects.toMatchObject({ code: 'log.beyond_end' });
    await expect(reader.read(0, Number.NaN)).rejects.toMatchObject({ code: 'log.bad_offset' });
    expect(reader.problems).toEqual([]);
    await reader.close();
  });

  it('goes on behind what was dropped, and says so', async () => {
    const files = new MemoryFiles();
    const log = await Log.open('/log', { files, segmentBytes: 500 });
    for (let i = 0; i < 20; i++) log.append(numbered(i, 100));
    await log.flushed();
    const reader = await LogReader.open('/log', { files });
    await log.dropBefore(900);
    const { records, skipped } = await readAll((at) => reader.read(at, log.durable), 0, log.durable);
    expect(skipped).toEqual([{ from: 0, to: 864, reason: 'retention' }]);
    expect(records.length).toBe(12);
    expect([reader.start, reader.problems]).toEqual([864, []]);
  });

  it('is not set back by a listing that was begun earlier and ends later', async () => {
    const disk = new MemoryFiles();
    const log = await Log.open('/log', { files: disk, segmentBytes: 500 });
    let release: (() => void) | null = null;
    const list = async (dir: string): Promise<string[]> => {
      const names = await disk.list(dir);
      if (release === null) await new Promise<void>((resolve) => (release = resolve));
      return names;
    };
    const files = disk.forProcess();
    const reader = await LogReader.open('/log', { files });
    files.list = list;
    for (let i = 0; i < 4; i++) log.append(numbered(i, 100));
    await log.flushed();
    const early = reader.read(0, log.durable, 1);
    await settle();
    for (let i = 4; i < 12; i++) log.append(numbered(i, 100));
    await log.flushed();
    const late = reader.read(432, log.durable, 1);
    await settle();
    release!();
    expect((await early).records.map(({ data }) => data)).toEqual([numbered(0, 100)]);
    expect((await late).records.map(({ data }) => data)).toEqual([numbered(4, 100)]);
    const { records } = await readAll((at) => reader.read(at, log.durable), 0, log.durable);
    expect([records.length, reader.problems]).toEqual([12, []]);
    await reader.close();
    expect(disk.openFiles).toBe(1);
  });

  it('never takes what a writer gave up for records', async () => {
    const files = new MemoryFiles();
    const log = await Log.open('/log', { files });
    log.append(numbered(0, 100));
    await log.flushed();
    const reader = await LogReader.open('/log', { files });
    await reader.read(0, log.durable);
    // The sync fails, and so does cutting the file: its tail keeps whole records that are not part of the log.
    let left = 2;
    files.fault = ({ kind }) =>
      (kind === 'sync' || kind === 'truncate') && left-- > 0 ? { code: 'EIO' } : null;
    log.append(numbered(1, 100));
    log.append(numbered(2, 100));
    await log.flushed();
    files.kill();
    const next = await Log.open('/log', { files });
    expect(next.durable).toBe(324);
    const { records } = await readAll(
      (at) => reader.read(at, next.durable).catch(() => next.read(at)),
      0,
      next.durable,
    );
    expect(records.map(({ data }) => data)).toEqual([0, 1, 2].map((i) => numbered(i, 100)));
  });
});

it('reads in a worker thread while the log is written and dropped', async () => {
  const dir = join(await temporaryFolder(), 'log');
  const log = await Log.open(dir, { segmentBytes: 20_000 });
  const module = new URL('./index.js', import.meta.url).href;
  const code = `
    const { parentPort, workerData } = require('node:worker_threads');
    void (async () => {
      const { LogReader } = await import(workerData.module);
      const reader = await LogReader.open(workerData.dir);
      let at = 0, count = 0, sum = 0;
      parentPort.on('message', async (upTo) => {
        while (at < upTo) {
          const batch = await reader.read(at, upTo, 5000);
          if (batch.skipped.length > 0) throw new Error(JSON.stringify(batch.skipped));
          for (const { data } of batch.records) { count++; sum += data[0]; }
          at = batch.next;
        }
        parentPort.postMessage({ at, count, sum });
      });
      parentPort.postMessage({ at, count, sum });
    })();`;
  const worker = new Worker(code, { eval: true, workerData: { module, dir } });
  const failed = once(worker, 'error').then(([error]) => Promise.reject(error as Error));
  failed.catch(() => undefined);
  const answer = (): Promise<{ at: number; count: number; sum: number }> =>
    new Promise((resolve, reject) => {
      worker.once('message', resolve);
      failed.catch(reject);
    });
  try {
    await answer();
    let sum = 0;
    for (let i = 0; i < 2000; i++) {
      sum += numbered(i, 60)[0]!;
      log.append(numbered(i, 60));
      if (i % 200 !== 199) continue;
      await log.flushed();
      const answered = answer();
      worker.postMessage(log.durable);
      const { at, count, sum: seen } = await answered;
      expect([at, count, seen]).toEqual([log.durable, i + 1, sum]);
      await log.dropBefore(at);
    }
  } finally {
    await worker.terminate();
    await log.close();
  }
});
