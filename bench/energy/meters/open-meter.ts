import { openIna219 } from './ina219.js';
import type { EnergyMeter, MeterSource } from './meter.js';
import { openRapl } from './rapl.js';

const OPEN: Record<MeterSource, () => Promise<EnergyMeter>> = {
  rapl: () => openRapl(),
  ina219: () => openIna219(),
};

/** The meter of this machine, read once to see that it works. Rejects with `bench.no_meter` or `bench.meter_denied`. */
export function openMeter(source: MeterSource): Promise<EnergyMeter> {
  return OPEN[source]();
}
