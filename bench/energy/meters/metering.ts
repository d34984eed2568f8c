import { until } from '../../measure/cpu.js';
import type { MeasuredEnergy } from '../energy.js';
import { measuredEnergy, measureIdleW, type EnergyMeter } from './meter.js';

/** Measures from one time to another, us of the monotonic clock. Rejects with `bench.meter_failed`, or when aborted. */
export type Metering = (fromUs: number, toUs: number, signal: AbortSignal) => Promise<MeasuredEnergy>;

/** Enough for the jobs that a machine does every few seconds to be in it. */
const IDLE_S = 10;

/** A meter for runs. Takes `idleS` first to measure the idle machine: nothing of a benchmark may run meanwhile. */
export async function meteringWith(
  meter: EnergyMeter,
  signal: AbortSignal,
  idleS = IDLE_S,
): Promise<Metering> {
  const idleW = await measureIdleW(meter, idleS, signal);
  return async (fromUs, toUs, runSignal) => {
    await until(fromUs, runSignal);
    await meter.start();
    try {
      await until(toUs, runSignal);
    } catch (error) {
      await meter.stop().catch(() => undefined);
      throw error;
    }
    return measuredEnergy(meter, idleW, await meter.stop());
  };
}
