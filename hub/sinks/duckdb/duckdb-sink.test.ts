import { DuckDBInstance } from '@duckdb/node-api';
import { temporaryFolder } from '@weir/testing';
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { readdirSync, readlinkSync } from 'node:fs';
import { copyFile, open, truncate, writeFile } from 'node:fs/promises';
import { describe, expect, it, onTestFinished } from 'vitest';
import { duckdbOptions } from '../test/duckdb-options.js';
import { readDuckDb } from '../test/read-stores.js';
import { runCrashChild } from '../test/run-crash-child.js';
import { SampleLog, sampleSeries } from '../test/sample-log.js';
import { DuckDbSink } from './duckdb-sink.js';

interface Scene {
  readonly folder: string;
  readonly path: string;
  readonly sample: SampleLog;
  readonly sink: DuckDbSink;
}

async function scene(): Promise<Scene> {
  const folder = await temporaryFolder();
  const path = `${folder}/readings.duckdb`;
  const sample = await SampleLog.open(`${folder}/log`);
  const sink = new DuckDbSink(duckdbOptions(path));
  onTestFinished(async () => {
    await sink.close();
    await sample.close();
  });
  return { folder, path, sample, sink };
}

async function store({ sample, sink }: Scene): Promise<void> {
  for (const batch of await sample.batches(await sink.open())) await sink.write(batch);
  await sink.close();
}

async function expectAllOnce({ path, sample }: Scene): Promise<void> {
  const keys = (
    list: { channel: string; epoch?: number; seq?: number; idx?: number; value: unknown }[],
  ): string[] =>
    list
      .map(({ channel, epoch, seq, idx, value }) => `${channel} ${epoch} ${seq} ${idx} ${String(value)}`)
      .sort();
  expect(keys(await readDuckDb(path))).toEqual(keys(sample.expected));
}

const MOMENTS = ['BEGIN', 'append', 'UPDATE cursor', 'COMMIT'];

describe('the embedded store', () => {
  it.each(MOMENTS)('holds each reading once after a kill right after %s', async (step) => {
    const the = await scene();
    the.sample.fill(40);
    const durable = await the.sample.flushed();
    const run = {
      kind: 'duckdb',
      options: duckdbOptions(the.path),
      logDir: the.sample.dir,
      durable,
    } as const;
    // The first kill is while the tables are made or in the first batch, the next in a later one.
    for (const nth of [1, 4])
      expect(await runCrashChild({ ...run, moment: `after ${step}`, nth })).toBe(true);
    expect(await runCrashChild(run)).toBe(false);
    await expectAllOnce(the);
  });

  it('lets go of its file when closed', async () => {
    const the = await scene();
    the.sample.fill(50);
    const held = (): string[] =>
      readdirSync('/proc/self/fd').flatMap((fd) => {
        try {
          const target = readlinkSync(`/proc/self/fd/${fd}`);
          return target.startsWith(the.path) ? [target] : [];
        } catch {
          return [];
        }
      });
    await the.sink.open();
    expect(held().length).toBeGreaterThan(0);
    const signal = new AbortController().signal;
    const query = the.sink.database?.read(
      (each) => each.runAndReadAll('SELECT count(*) FROM range(100000000000)'),
      signal,
    );
    const outcome = expect(query).rejects.toMatchObject({ code: 'history.unavailable', retryable: true });
    await the.sink.close();
    await outcome;
    expect(held()).toEqual([]);
    await store(the);
    expect(held()).toEqual([]);
  });

  it('says that another process has it open, and opens when that has ended', async () => {
    const the = await scene();
    const script = `
      import { DuckDBInstance } from '@duckdb/node-api';
      const instance = await DuckDBInstance.create(process.argv[1]);
      console.log('open');
      setInterval(() => instance, 1000);`;
    const holder = spawn(process.execPath, ['--input-type=module', '-e', script, the.path], {
      stdio: ['ignore', 'pipe', 'inherit'],
      cwd: new URL('.', import.meta.url),
    });
    onTestFinished(() => void holder.kill('SIGKILL'));
    await once(holder.stdout, 'data');
    await expect(the.sink.open()).rejects.toMatchObject({
      code: 'store.locked',
      retryable: true,
      message: expect.stringContaining(the.path) as string,
    });
    holder.kill('SIGKILL');
    await once(holder, 'exit');
    expect(await the.sink.open()).toBe(0);
  });

  it.each([
    ['something else', async (path: string) => writeFile(path, 'not a database'.repeat(1_000))],
    [
      'damaged in its header',
      async (path: string) => {
        const file = await open(path, 'r+');
        await file.write(Buffer.alloc(64, 0xff), 0, 64, 4_096);
        await file.write(Buffer.alloc(64, 0xff), 0, 64, 8_192);
        await file.close();
      },
    ],
    ['cut short', async (path: string) => truncate(path, 20_000)],
  ])('says that its file is %s', async (_, damage) => {
    const the = await scene();
    the.sample.fill(100);
    await store(the);
    await damage(the.path);
    await expect(the.sink.open()).rejects.toMatchObject({
      code: 'store.corrupt',
      retryable: false,
      message: expect.stringContaining(the.path) as string,
    });
  });

  it('takes a file that is empty for a new one', async () => {
    const the = await scene();
    await writeFile(the.path, '');
    the.sample.fill(1);
    await store(the);
    await expectAllOnce(the);
  });

  it('refuses a store of a later version', async () => {
    const the = await scene();
    await store(the);
    await change(the.path, 'UPDATE weir SET schema_version = 2');
    await expect(the.sink.open()).rejects.toMatchObject({ code: 'store.newer_schema', retryable: false });
    await change(the.path, 'UPDATE weir SET schema_version = 1');
    await store(the);
  });

  it('refuses readings of another log', async () => {
    const the = await scene();
    the.sample.fill(1);
    await store(the);
    const series = sampleSeries(1, 'other/channel');
    const cursor = await the.sink.open();
    const [batch] = await the.sample.batches();
    const [column] = batch!.columns;
    await expect(the.sink.write({ ...batch!, columns: [{ ...column!, series }] })).rejects.toMatchObject({
      code: 'store.series_conflict',
      retryable: false,
    });
    expect(cursor).toBe(the.sample.log.durable);
    await the.sink.close();
    await expectAllOnce(the);
  });

  it('says that it cannot be opened where there is no such place', async () => {
    const the = await scene();
    await writeFile(`${the.folder}/file`, '');
    const sink = new DuckDbSink(duckdbOptions(`${the.folder}/file/readings.duckdb`));
    await expect(sink.open()).rejects.toMatchObject({ code: 'store.unreachable', retryable: true });
    await expect(new DuckDbSink(duckdbOptions(the.folder)).open()).rejects.toMatchObject({
      code: 'store.unreachable',
    });
  });

  it('can be copied while closed and read by DuckDB alone', async () => {
    const the = await scene();
    the.sample.fill(3);
    await store(the);
    const copy = `${the.folder}/copy.duckdb`;
    await copyFile(the.path, copy);
    await expectAllOnce({ ...the, path: copy });
  });
});

async function change(path: string, sql: string): Promise<void> {
  const instance = await DuckDBInstance.create(path);
  const connection = await instance.connect();
  await connection.run(sql);
  connection.closeSync();
  instance.closeSync();
}
