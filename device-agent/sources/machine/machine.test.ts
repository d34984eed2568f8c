import { mkdir, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { seededEntropy, silentLogger } from '@weir/runtime';
import { temporaryFolder, waitFor } from '@weir/testing';
import { describe, expect, it, onTestFinished } from 'vitest';
import { sourceConfigSchema } from '../config.js';
import { createSource } from '../create-source.js';
import { ManualTime } from '../manual-time.testing.js';
import { RecordedOutput } from '../recorded-output.testing.js';

function polled(config: object): { out: RecordedOutput; time: ManualTime; stop: () => Promise<void> } {
  const [out, time] = [new RecordedOutput(), new ManualTime()];
  const source = createSource(sourceConfigSchema.parse({ name: 'm', ...config }), {
    clock: time,
    timers: time,
    entropy: seededEntropy(1),
    logger: silentLogger,
  });
  onTestFinished(() => source.stop());
  source.start(out);
  return { out, time, stop: () => source.stop() };
}

async function zone(root: string, number: number, type: string, temp: string): Promise<void> {
  const folder = join(root, `thermal_zone${number}`);
  await mkdir(folder, { recursive: true });
  await writeFile(join(folder, 'type'), `${type}\n`);
  await writeFile(join(folder, 'temp'), temp);
}

describe('thermal', () => {
  it('reads every zone in Cel at each interval', async () => {
    const root = await temporaryFolder();
    await zone(root, 0, 'cpu-thermal', '47238\n');
    await zone(root, 1, 'acpitz', '-5000\n');
    await zone(root, 2, 'acpitz', '27800\n');
    await mkdir(join(root, 'cooling_device0'));
    const { out, time } = polled({ type: 'thermal', root, interval_ms: 5000 });
    await waitFor(() => time.waiting === 1);
    expect(out.values).toEqual([
      ['cpu-thermal', 47.238],
      ['acpitz-1', -5],
      ['acpitz-2', 27.8],
    ]);
    expect(out.readings[0]).toMatchObject({
      monotonicUs: 1_000_000,
      meta: { unit: 'Cel', intervalMs: 5000 },
    });

    await zone(root, 0, 'cpu-thermal', '48000\n');
    time.advance(4999);
    expect(out.readings).toHaveLength(3);
    time.advance(1);
    await waitFor(() => time.waiting === 1);
    expect(out.latest('cpu-thermal')).toBe(48);
    expect(out.readings.at(-1)?.monotonicUs).toBe(6_000_000);
    expect(new Set(out.states)).toEqual(new Set(['open']));
  });

  it('refuses a zone without a temperature, names odd types, and goes on', async () => {
    const root = await temporaryFolder();
    await zone(root, 0, '(soc) dts°', 'hot');
    await zone(root, 1, 'x86_pkg_temp', '30000\n');
    await zone(root, 2, 'off', '1');
    await rm(join(root, 'thermal_zone2', 'temp'));
    const { out, time } = polled({ type: 'thermal', root, channels: { x86_pkg_temp: { name: 'package' } } });
    await waitFor(() => time.waiting === 1);
    expect(out.values).toEqual([['package', 30]]);
    expect(out.refusals).toEqual([
      { channel: 'soc__dts_', why: 'not_convertible', message: '"hot" is no temperature' },
      { channel: 'off', why: 'no_value', message: 'ENOENT' },
    ]);
  });

  it('waits where there is none, and reads when there is', async () => {
    const root = await temporaryFolder();
    const { out, time } = polled({ type: 'thermal', root });
    await waitFor(() => time.waiting === 1);
    expect(out.ports).toEqual([{ state: 'waiting', reason: `no thermal zone below ${root}` }]);
    await zone(root, 0, 'cpu', '1000');
    time.advance(10_000);
    await waitFor(() => time.waiting === 1);
    expect(out.values).toEqual([['cpu', 1]]);
    expect(out.states).toEqual(['waiting', 'open']);
  });
});

describe('system', () => {
  async function procRoot(): Promise<string> {
    const root = await temporaryFolder();
    await writeFile(join(root, 'loadavg'), '0.42 0.36 1.25 2/345 6789\n');
    await writeFile(
      join(root, 'meminfo'),
      'MemTotal:        949432 kB\nMemFree:  1 kB\nMemAvailable:    702112 kB\n',
    );
    await writeFile(join(root, 'uptime'), '12345.67 45678.90\n');
    return root;
  }

  it('reads what the agent has written to disks, where the kernel counts it', async () => {
    const root = await procRoot();
    await mkdir(join(root, 'self'));
    await writeFile(join(root, 'self', 'io'), 'rchar: 9\nwrite_bytes: 40960\ncancelled_write_bytes: 0\n');
    const { out, time } = polled({ type: 'system', proc_root: root, disks: {} });
    await waitFor(() => time.waiting === 1);
    expect(out.latest('agent/written')).toBe(40_960);
    expect(out.refusals).toEqual([]);
  });

  it('reads load, memory, uptime and disks', async () => {
    const root = await procRoot();
    const { out, time } = polled({ type: 'system', proc_root: root, disks: { data: root } });
    await waitFor(() => time.waiting === 1);
    expect(out.values.slice(0, 6)).toEqual([
      ['load/1m', 0.42],
      ['load/5m', 0.36],
      ['load/15m', 1.25],
      ['memory/total', 949432 * 1024],
      ['memory/available', 702112 * 1024],
      ['uptime', 12345.67],
    ]);
    expect(out.readings.map(({ meta }) => meta?.unit)).toEqual(['', '', '', 'B', 'B', 's', 'B', 'B']);
    const [size, available] = [
      Number(out.latest('disk/data/size')),
      Number(out.latest('disk/data/available')),
    ];
    expect(size).toBeGreaterThan(0);
    expect(available).toBeLessThanOrEqual(size);
  });

  it('refuses what is missing alone', async () => {
    const root = await procRoot();
    await writeFile(join(root, 'meminfo'), 'MemTotal:  100 kB\n');
    const { out, time } = polled({ type: 'system', proc_root: root, disks: { gone: join(root, 'gone') } });
    await waitFor(() => time.waiting === 1);
    expect(out.refusals.map(({ channel, why }) => [channel, why])).toEqual([
      ['memory/available', 'no_value'],
      ['disk/gone/available', 'no_value'],
    ]);
    expect(out.latest('memory/total')).toBe(102_400);
  });

  it('reads this very machine', async () => {
    const { out, time } = polled({ type: 'system' });
    await waitFor(() => time.waiting === 1);
    expect(out.refusals).toEqual([]);
    expect(out.readings).toHaveLength(9);
  });

  it('keeps its pace however long a reading takes, and is silent after stop', async () => {
    const root = await procRoot();
    const { out, time, stop } = polled({ type: 'system', proc_root: root, interval_ms: 1000, disks: {} });
    time.advance(2500);
    await waitFor(() => time.waiting === 1);
    const first = out.readings.length;
    time.advance(500);
    await waitFor(() => time.waiting === 1);
    expect(out.readings.length).toBe(2 * first);
    expect(out.readings.at(-1)?.monotonicUs).toBe(4_000_000);
    time.advance(1000);
    await stop();
    const [readings, ports] = [out.readings.length, out.ports.length];
    await new Promise((resolve) => setImmediate(resolve));
    expect(time.waiting).toBe(0);
    expect([out.readings.length, out.ports.length]).toEqual([readings, ports]);
    expect(out.ports.at(-1)).toEqual({ state: 'closed', reason: 'stopped' });
  });
});
