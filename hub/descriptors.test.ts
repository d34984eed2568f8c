/** A hub that runs out of file descriptors: by connections, and by whatever else. */
import { spawn, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { readdir } from 'node:fs/promises';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { temporaryFolder, waitFor } from '@weir/testing';
import { describe, expect, it, onTestFinished } from 'vitest';
import { startTestHub, WireDevice, type Address } from './hub.testing.js';
import type { Report } from './starved-hub.testing.js';

const OPEN_FILES = 200;
const HUB = fileURLToPath(new URL('./starved-hub.testing.js', import.meta.url));

interface Starved {
  readonly hub: Address;
  readonly process: ChildProcess;
  readonly order: (order: 'hog' | 'free' | 'stats' | 'close') => Promise<Report>;
}

async function startStarved(dataDir: string): Promise<Starved> {
  const line = `ulimit -n ${OPEN_FILES}; exec "$0" "$@"`;
  const child = spawn('bash', ['-c', line, process.execPath, HUB, dataDir], {
    stdio: ['ignore', 'inherit', 'inherit', 'ipc'],
  });
  onTestFinished(() => void child.kill('SIGKILL'));
  const [hub] = (await once(child, 'message')) as [Address];
  const order: Starved['order'] = async (text) => {
    const dies = once(child, 'exit').then(([code, signal]: unknown[]): never => {
      throw new Error(`the hub ended: ${String(code ?? signal)}`);
    });
    const answer = once(child, 'message') as Promise<[Report]>;
    child.send(text);
    return (await Promise.race([answer, dies]))[0];
  };
  return { hub, process: child, order };
}

/** Connects one after the other; how each attempt ended. */
async function knock(hub: Address, times: number): Promise<string[]> {
  const answers: string[] = [];
  for (let i = 0; i < times; i++) {
    const answer = await WireDevice.connect(hub, { device: `crowd-${i}` }).then(
      () => 'open',
      (error: unknown) => String(error),
    );
    answers.push(answer);
  }
  return answers;
}

const WAVE = Array.from({ length: 300 }, (_, i) => Math.sin(i));

describe.runIf(process.platform === 'linux')('a hub with few file descriptors', () => {
  it('closes its door before its log goes short', { timeout: 120_000 }, async () => {
    const { hub, order } = await startStarved(await temporaryFolder());
    const first = await WireDevice.open(hub);
    const answers = await knock(hub, OPEN_FILES);
    expect(answers.at(-1)).toMatch(/503/);
    expect(answers.every((answer) => answer === 'open' || answer.includes('503'))).toBe(true);
    first.describe(1);
    for (let seq = 2; seq <= 200; seq++) first.readings(seq, WAVE);
    await first.acked(200);
    const { stats } = await order('stats');
    expect(stats.log.state).toBe('ok');
    expect(stats.ingest.connections).toBeGreaterThan(50);
    await order('close');
  });

  it(
    'without a single one goes on acknowledging, and is whole when there are some again',
    { timeout: 120_000 },
    async () => {
      const dataDir = await temporaryFolder();
      const { hub, process: child, order } = await startStarved(dataDir);
      const device = await WireDevice.open(hub);
      device.describe(1);
      device.readings(2, WAVE);
      await device.acked(2);
      const stored = (readings: number): Promise<unknown> =>
        waitFor(async () => (await order('stats')).stats.sinks.every((sink) => sink.readings === readings), {
          what: `the store to have ${readings} readings`,
          timeoutMs: 60_000,
        });
      await stored(WAVE.length);
      const segments = async (): Promise<number> =>
        (await readdir(join(dataDir, 'log'))).filter((name) => name.endsWith('.log')).length;
      expect((await order('hog')).hogged).toBeGreaterThan(10);
      for (let seq = 3; seq <= 300; seq++) device.readings(seq, WAVE);
      await device.acked(300);
      // Nine otherwise; a descriptor may have been free for a moment.
      expect(await segments()).toBeLessThan(4);
      await expect(WireDevice.connect(hub, { device: 'late' })).rejects.toThrow();
      expect((await order('stats')).stats.log.state).toBe('ok');
      await order('free');
      for (let seq = 301; seq <= 400; seq++) device.readings(seq, WAVE);
      await device.acked(400);
      expect(await segments()).toBeGreaterThan(1);
      const late = await WireDevice.open(hub, { device: 'late' });
      await late.alive(1);
      await stored(399 * WAVE.length);
      const exited = once(child, 'exit');
      await order('close');
      expect(await exited).toEqual([0, null]);
      const after = await startTestHub({ data_dir: dataDir });
      expect(after.stats().log.problems).toEqual([]);
      const again = await WireDevice.open(after);
      expect((await again.got('welcome')).settled).toEqual([[[1, 400]]]);
    },
  );
});
