/**
 * Intel's and AMD's RAPL by Linux's powercap: `intel-rapl:N/energy_uj` of each processor package, and of the memory beside it
 * (`intel-rapl:N:M` with name dram, which is not part of the package). Counters wrap at `max_energy_range_uj`.
 */
import { readdir } from 'node:fs/promises';
import { join } from 'node:path';
import { WeirError } from '@weir/runtime';
import { SampledMeter, type EnergyMeter, type MeterOptions, type MeterProbe } from './meter.js';
import { readNumber, readText } from './sysfs.js';

const FOLDER = '/sys/class/powercap';
/** The smallest range in use, 65 kJ, lasts for minutes at any power of a package. */
const EVERY_MS = 5000;
const DENIED = `Linux gives these counters to root alone. Run as root, or until the next start: sudo chmod a+r ${FOLDER}/intel-rapl:*/energy_uj`;

interface Zone {
  readonly folder: string;
  readonly name: string;
  readonly rangeUj: number;
  lastUj: number | null;
}

/** Rejects with `bench.no_meter` where there is none, `bench.meter_denied` where it may not be read. */
export async function openRapl({
  folder = FOLDER,
  everyMs = EVERY_MS,
  clock,
}: MeterOptions = {}): Promise<EnergyMeter> {
  const zones = await zonesIn(folder);
  if (zones.length === 0) {
    throw new WeirError(
      'bench.no_meter',
      `no RAPL: ${folder} has no intel-rapl:N of a package. Virtual machines and ARM boards have none; ` +
        'on a PC try: sudo modprobe intel_rapl_common intel_rapl_msr',
    );
  }
  const meter = new SampledMeter(probeOf(zones, everyMs), clock);
  await meter.start();
  await meter.stop();
  return meter;
}

function probeOf(zones: readonly Zone[], everyMs: number): MeterProbe {
  return {
    source: 'rapl',
    covers: zones.map(({ name }) => name).join(' + '),
    everyMs,
    reset() {
      for (const zone of zones) zone.lastUj = null;
    },
    async sample() {
      const used = await Promise.all(zones.map(usedUj));
      return used.reduce((sum, each) => sum + each, 0) / 1e6;
    },
  };
}

async function usedUj(zone: Zone): Promise<number> {
  const nowUj = await readNumber(join(zone.folder, 'energy_uj'), DENIED);
  const lastUj = zone.lastUj ?? nowUj;
  zone.lastUj = nowUj;
  return nowUj >= lastUj ? nowUj - lastUj : nowUj - lastUj + zone.rangeUj;
}

async function zonesIn(folder: string): Promise<Zone[]> {
  const entries = await readdir(folder).catch(() => []);
  const zones = await Promise.all(
    entries
      .filter((entry) => /^intel-rapl:\d+(:\d+)?$/.test(entry))
      .sort()
      .map(async (entry) => {
        const zone = join(folder, entry);
        const name = await readText(join(zone, 'name'), DENIED);
        const rangeUj = await readNumber(join(zone, 'max_energy_range_uj'), DENIED);
        return { folder: zone, name, rangeUj, lastUj: null };
      }),
  );
  // Core and uncore are parts of their package, psys is a package and more: counted too they would count twice.
  return zones.filter(({ name }) => /^package-\d+$/.test(name) || name === 'dram');
}
