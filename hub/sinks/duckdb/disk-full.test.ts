import { commandPath, temporaryFolder } from '@weir/testing';
import { execFile, spawn } from 'node:child_process';
import { once } from 'node:events';
import { createInterface } from 'node:readline';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { expect, it, onTestFinished } from 'vitest';
import type { RunStatus } from '../run.js';
import { duckdbOptions } from '../test/duckdb-options.js';
import { readDuckDb } from '../test/read-stores.js';
import { SampleLog, TEMPERATURE } from '../test/sample-log.js';

/** Sets the limits of a process; a part of every Linux system. */
const prlimit = commandPath('prlimit');
const FILE_BYTES_MAX = 2_000_000;

/** Numbers that do not compress. */
function fillWithNoise(sample: SampleLog, readings: number): void {
  const perFrame = 1_000;
  for (let seq = 1; seq <= readings / perFrame; seq++) {
    const times = Array.from({ length: perFrame }, (_, i) => (seq * perFrame + i) * 1_000);
    const values = times.map((time) => Math.sin(time) * 1e6);
    sample.append({ seq, columns: [{ series: TEMPERATURE, times, values }] });
  }
}

it.skipIf(prlimit === null)('goes on without a restart when the full disk has room again', async () => {
  const folder = await temporaryFolder();
  const options = duckdbOptions(`${folder}/readings.duckdb`);
  const sample = await SampleLog.open(`${folder}/log`);
  fillWithNoise(sample, 200_000);
  const durable = await sample.flushed();
  const script = fileURLToPath(new URL('../test/limited-child.js', import.meta.url));
  const child = spawn(
    prlimit ?? '',
    [
      `--fsize=${FILE_BYTES_MAX}:unlimited`,
      process.execPath,
      script,
      JSON.stringify(options),
      sample.dir,
      String(durable),
    ],
    { stdio: ['ignore', 'pipe', 'inherit'] },
  );
  onTestFinished(() => void child.kill('SIGKILL'));
  const statuses: RunStatus[] = [];
  for await (const line of createInterface(child.stdout)) {
    const status = JSON.parse(line) as RunStatus;
    statuses.push(status);
    if (statuses.filter(({ errorCode }) => errorCode === 'store.disk_full').length === 2)
      await promisify(execFile)(prlimit ?? '', ['--pid', String(child.pid), '--fsize=unlimited']);
  }
  if (child.exitCode === null) await once(child, 'exit');
  expect(child.exitCode).toBe(0);
  const full = statuses.filter(({ state }) => state !== 'running');
  expect(full.length).toBeGreaterThanOrEqual(2);
  for (const { state, errorCode, error } of full) {
    expect({ state, errorCode }).toEqual({ state: 'waiting', errorCode: 'store.disk_full' });
    expect(error).toContain(options.path);
  }
  const stored = await readDuckDb(options.path);
  expect(stored.length).toBe(200_000);
  expect(new Set(stored.map(({ seq, idx }) => `${seq} ${idx}`)).size).toBe(200_000);
  await sample.close();
});
