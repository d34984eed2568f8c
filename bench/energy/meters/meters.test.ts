import { mkdir, rename, rm, symlink, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { systemClock } from '@weir/runtime';
import { temporaryFolder, waitFor } from '@weir/testing';
import { beforeEach, describe, expect, test } from 'vitest';
import { openIna219 } from './ina219.js';
import { measuredEnergy, measureIdleW } from './meter.js';
import { meteringWith } from './metering.js';
import { openRapl } from './rapl.js';

const code = (name: string): unknown => expect.objectContaining({ code: name });

/** No sample but those of start and stop. */
const NEVER_MS = 3_600_000;
let nowUs = 0;
/** Each sample asks for the time once, first. */
let samples = 0;
const clock = { monotonicUs: () => ((samples += 1), nowUs), utcUs: () => nowUs };
let folder = '';

beforeEach(async () => {
  nowUs = 0;
  folder = await temporaryFolder();
});

/** Whole at once, as the kernel shows it. */
async function put(path: string, text: string | number): Promise<void> {
  await mkdir(join(folder, path, '..'), { recursive: true });
  await writeFile(join(folder, 'new'), `${text}\n`);
  await rename(join(folder, 'new'), join(folder, path));
}

/** Until a sample that began after this call is over. */
async function sampled(): Promise<void> {
  const before = samples;
  await waitFor(() => samples >= before + 2);
}

async function zone(entry: string, name: string, energyUj: number): Promise<void> {
  await put(`${entry}/name`, name);
  await put(`${entry}/max_energy_range_uj`, 262_143_328_850);
  await put(`${entry}/energy_uj`, energyUj);
}

/** Until no more samples are taken. */
function samplingEnds(): Promise<boolean> {
  return waitFor(async () => {
    const before = samples;
    await new Promise((resolve) => setTimeout(resolve, 200));
    return samples === before;
  });
}

describe('RAPL', () => {
  beforeEach(async () => {
    await zone('intel-rapl:0', 'package-0', 1_000_000);
    await zone('intel-rapl:0:0', 'core', 500_000);
    await zone('intel-rapl:0:1', 'dram', 200_000);
    await zone('intel-rapl:1', 'psys', 9_000_000);
    await zone('intel-rapl-mmio:0', 'package-0', 1_000_000);
    await put('intel-rapl/enabled', 1);
  });

  test('adds packages and memory, and nothing twice', async () => {
    const meter = await openRapl({ folder, everyMs: NEVER_MS, clock });
    expect(meter.covers).toBe('package-0 + dram');
    await meter.start();
    nowUs = 2_000_000;
    await put('intel-rapl:0/energy_uj', 21_000_000);
    await put('intel-rapl:0:0/energy_uj', 99_000_000);
    await put('intel-rapl:0:1/energy_uj', 1_200_000);
    await put('intel-rapl:1/energy_uj', 99_000_000);
    expect(await meter.stop()).toEqual({ joules: 21, seconds: 2 });
  });

  test('sees a counter wrap', async () => {
    await put('intel-rapl:0/energy_uj', 262_143_328_850 - 3_000_000);
    const meter = await openRapl({ folder, everyMs: NEVER_MS, clock });
    await meter.start();
    await put('intel-rapl:0/energy_uj', 4_000_000);
    expect((await meter.stop()).joules).toBeCloseTo(7, 9);
  });

  test('sees each of several wraps, because it reads in between', async () => {
    const meter = await openRapl({ folder, everyMs: 5, clock });
    await meter.start();
    // Every value is far below the last one: each is a wrap, if it is read.
    for (const uj of [900_000, 800_000, 700_000]) {
      await put('intel-rapl:0/energy_uj', uj);
      await sampled();
    }
    const { joules } = await meter.stop();
    expect(joules).toBeCloseTo(3 * 262_143.32885 - 0.3, 6);
  });

  test('measures anew after each start', async () => {
    const meter = await openRapl({ folder, everyMs: NEVER_MS, clock });
    await meter.start();
    await put('intel-rapl:0/energy_uj', 5_000_000);
    await meter.stop();
    await put('intel-rapl:0/energy_uj', 6_000_000);
    await meter.start();
    await put('intel-rapl:0/energy_uj', 8_000_000);
    expect((await meter.stop()).joules).toBe(2);
  });

  test('is refused where there is none, with where it was looked for', async () => {
    await rm(folder, { recursive: true });
    await expect(openRapl({ folder })).rejects.toEqual(code('bench.no_meter'));
    await expect(openRapl({ folder })).rejects.toThrow(folder);
    await expect(openRapl({ folder })).rejects.toThrow(/modprobe/);
  });

  test('says what to do where it may not be read', async () => {
    // Not even root may read a file of sysfs that is for writing alone.
    await rm(join(folder, 'intel-rapl:0/energy_uj'));
    await symlink('/sys/bus/cpu/drivers_probe', join(folder, 'intel-rapl:0/energy_uj'));
    await expect(openRapl({ folder })).rejects.toEqual(code('bench.meter_denied'));
    await expect(openRapl({ folder })).rejects.toThrow(/chmod a\+r/);
  });

  test('refuses what is no number', async () => {
    await put('intel-rapl:0/energy_uj', 'soon');
    await expect(openRapl({ folder })).rejects.toThrow(/energy_uj: expected a number, got "soon"/);
  });
});

describe('INA219', () => {
  beforeEach(async () => {
    await put('hwmon0/name', 'cpu_thermal');
    await put('hwmon10/name', 'ina219');
    await put('hwmon2/name', 'ina219');
    await put('hwmon2/power1_input', 2_000_000);
  });

  test('integrates power over time', async () => {
    const meter = await openIna219({ folder, everyMs: NEVER_MS, clock });
    expect(meter.covers).toMatch(/^hwmon2, /);
    await meter.start();
    nowUs = 3_000_000;
    await put('hwmon2/power1_input', 4_000_000);
    expect(await meter.stop()).toEqual({ joules: 9, seconds: 3 });
  });

  test('samples while it runs', async () => {
    const meter = await openIna219({ folder, everyMs: 1, clock });
    await meter.start();
    nowUs = 1_000_000;
    await sampled();
    // 2 J so far. Had it not read in between, this would be a trapezium from 2 to 100 W.
    await put('hwmon2/power1_input', 100_000_000);
    expect((await meter.stop()).joules).toBe(2);
  });

  test('a sensor lost in the middle fails the measurement', async () => {
    const meter = await openIna219({ folder, everyMs: 1, clock });
    await meter.start();
    await rm(join(folder, 'hwmon2/power1_input'));
    await samplingEnds();
    await put('hwmon2/power1_input', 2_000_000);
    await expect(meter.stop()).rejects.toEqual(code('bench.meter_failed'));
  });

  test('is refused where there is none, with how to set it up', async () => {
    await put('hwmon2/name', 'lm75');
    await put('hwmon10/name', 'lm75');
    await expect(openIna219({ folder })).rejects.toEqual(code('bench.no_meter'));
    await expect(openIna219({ folder })).rejects.toThrow(/hwmon\*\/name is ina219\. .*modprobe ina2xx/);
  });
});

describe('a measurement', () => {
  test('may not begin twice, nor end unbegun', async () => {
    await put('hwmon0/name', 'ina219');
    await put('hwmon0/power1_input', 1_000_000);
    const meter = await openIna219({ folder, everyMs: NEVER_MS });
    await expect(meter.stop()).rejects.toEqual(code('bench.meter_failed'));
    await meter.start();
    await expect(meter.start()).rejects.toEqual(code('bench.meter_failed'));
    await meter.stop();
  });

  test('of idling gives the mean power, and ends when aborted', async () => {
    await put('hwmon0/name', 'ina219');
    await put('hwmon0/power1_input', 1_500_000);
    const meter = await openIna219({ folder });
    expect(await measureIdleW(meter, 0.05, new AbortController().signal)).toBeCloseTo(1.5, 6);
    const aborting = new AbortController();
    const measured = measureIdleW(meter, 60, aborting.signal);
    aborting.abort();
    await expect(measured).rejects.toThrow(/abort/);
    await waitFor(async () => (await measureIdleW(meter, 0.01, new AbortController().signal)) > 0);
  });

  test('of a run is of its window alone, with the idle power of before', async () => {
    await put('hwmon0/name', 'ina219');
    await put('hwmon0/power1_input', 1_000_000);
    const meter = await openIna219({ folder });
    const { signal } = new AbortController();
    const metering = await meteringWith(meter, signal, 0.02);
    await put('hwmon0/power1_input', 3_000_000);
    const fromUs = systemClock.monotonicUs() + 20_000;
    const { idleJ, marginalJ, totalJ, windowS } = await metering(fromUs, fromUs + 50_000, signal);
    expect(totalJ).toBeCloseTo(3 * windowS, 9);
    expect(idleJ).toBeCloseTo(1 * windowS, 9);
    expect(marginalJ).toBeCloseTo(2 * windowS, 9);
    // Timers are late, never early.
    expect(windowS).toBeGreaterThan(0.01);
    const stop = new AbortController();
    const aborted = metering(fromUs, fromUs + 60_000_000, stop.signal);
    await new Promise((resolve) => setTimeout(resolve, 20));
    stop.abort();
    await expect(aborted).rejects.toThrow(/abort/);
    await metering(fromUs, fromUs, signal);
  });

  test('is told from idling, and never called modelled', () => {
    const meter = { source: 'rapl' as const, covers: 'package-0' };
    expect(measuredEnergy(meter, 3, { joules: 50, seconds: 10 })).toEqual({
      source: 'rapl',
      profile: 'rapl package-0',
      windowS: 10,
      idleJ: 30,
      radioJ: null,
      cpuJ: null,
      marginalJ: 20,
      totalJ: 50,
      states: {},
      sensitivity: {},
    });
  });
});
