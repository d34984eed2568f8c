/** The log in processes of their own, which are killed. */
import { spawn } from 'node:child_process';
import type { ChildProcessByStdio } from 'node:child_process';
import { once } from 'node:events';
import { readdir, readlink, rm, symlink, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import type { Readable } from 'node:stream';
import { bootId } from '@weir/runtime';
import { temporaryFolder } from '@weir/testing';
import { describe, expect, it, onTestFinished } from 'vitest';
import { numbered, readAll } from './harness.js';
import { Log } from './log.js';

const MODULES = {
  log: new URL('./index.js', import.meta.url).href,
  harness: new URL('./harness.js', import.meta.url).href,
};

/** Appends numbered records for ever and prints each durable offset. */
const APPENDER = `
  const { writeSync } = await import('node:fs');
  const { Log } = await import(${JSON.stringify(MODULES.log)});
  const { numbered } = await import(${JSON.stringify(MODULES.harness)});
  const log = await Log.open(process.argv[1], { segmentBytes: 300_000 });
  let count = Number(process.argv[2]);
  log.onDurable((durable) => writeSync(1, durable + '\\n'));
  const more = () => {
    for (let i = 0; i < 100 && log.pendingBytes < 50_000; i++) log.append(numbered(count++, 92));
    setImmediate(more);
  };
  more();
`;

function appender(dir: string, count: number): ChildProcessByStdio<null, Readable, null> {
  const child = spawn(process.execPath, ['--input-type=module', '--eval', APPENDER, dir, String(count)], {
    stdio: ['ignore', 'pipe', 'inherit'],
  });
  onTestFinished(() => {
    child.kill('SIGKILL');
  });
  return child;
}

/** Lets it report so many times, kills it, and returns the last durable offset that it told. */
async function killedAfter(child: ReturnType<typeof appender>, reports: number): Promise<number> {
  let durable = 0;
  let seen = 0;
  for await (const line of createInterface(child.stdout)) {
    durable = Number(line);
    if (++seen === reports) child.kill('SIGKILL');
  }
  if (child.signalCode === null) await once(child, 'exit');
  expect(child.signalCode).toBe('SIGKILL');
  return durable;
}

describe('a process killed while it appends', () => {
  it('leaves every record that it was told is durable', async () => {
    const dir = join(await temporaryFolder(), 'log');
    let count = 0;
    for (const reports of [1, 2, 5, 20, 60, 3]) {
      const told = await killedAfter(appender(dir, count), reports);
      const log = await Log.open(dir);
      expect(log.durable).toBeGreaterThanOrEqual(told);
      const { records, skipped } = await readAll((at) => log.read(at), 0, log.durable);
      expect(skipped).toEqual([]);
      for (const [i, { offset, data }] of records.entries()) {
        expect(offset).toBe(i * 100);
        expect(Buffer.compare(data, numbered(i, 92))).toBe(0);
      }
      expect(log.problems.every(({ reason, offset }) => reason === 'torn tail' && offset >= told)).toBe(true);
      count = records.length;
      await log.close();
    }
    expect((await readdir(dir)).length).toBeGreaterThan(1);
  });
});

describe('the lock', () => {
  it('names the process that has the log open, and goes with it', async () => {
    const dir = join(await temporaryFolder(), 'log');
    const child = appender(dir, 0);
    await once(child.stdout, 'data');
    const refused = Log.open(dir);
    await expect(refused).rejects.toMatchObject({ code: 'log.locked', details: { pid: child.pid } });
    await expect(refused).rejects.toThrow(`process ${child.pid}`);
    await killedAfter(child, 1);
    await (await Log.open(dir)).close();
    expect((await readdir(dir)).filter((name) => !name.endsWith('.log'))).toEqual([]);
  });

  it.each([
    ['of a pid that is free', (mine: string) => mine.replace(/^\d+/, String(2 ** 22 + 1)), true],
    ['of an earlier boot', (mine: string) => mine.replace(/:[^:@]+@/, ':other@'), true],
    ['of a pid that is another process now', (mine: string) => mine.replace(/:\d+:/, ':1:'), true],
    ['of another host', (mine: string) => mine.replace(/@.*/, '@elsewhere'), false],
    ['of this process', (mine: string) => mine, false],
    ['left empty by a power cut', () => '', true],
    ['left torn by a power cut', () => '12', true],
  ])('%s', async (_name, change, free) => {
    const dir = await temporaryFolder();
    const path = join(dir, 'lock');
    const log = await Log.open(dir);
    const mine = await readlink(path);
    expect(mine).toMatch(new RegExp(`^${process.pid}:\\d+:${bootId().slice(0, 8)}@.`));
    await log.close();
    const left = change(mine);
    for (const put of left === ''
      ? [writeFile]
      : [writeFile, (to: string, text: string) => symlink(text, to)]) {
      await put(path, left);
      if (free) await (await Log.open(dir)).close();
      else await expect(Log.open(dir)).rejects.toMatchObject({ code: 'log.locked', details: { file: path } });
      await rm(path, { force: true });
    }
  });

  it('goes to one of many comers', async () => {
    const dir = await temporaryFolder();
    await writeFile(join(dir, 'lock'), '');
    const comers = await Promise.allSettled(Array.from({ length: 8 }, () => Log.open(dir)));
    const open = comers.flatMap((comer) => (comer.status === 'fulfilled' ? [comer.value] : []));
    expect(open.length).toBe(1);
    await open[0]!.close();
    expect(await readdir(dir)).toEqual([]);
  });
});
