/** A catalogue of simulated sensors: name, unit (SenML), and a signal with the faults of its kind. */
import type { Entropy } from '@weir/runtime';
import { dailyCycle, daylight, drift, noise, quantised, spikes, stuck, type Signal } from './signal.js';

export interface SimulatedSensor {
  readonly name: string;
  /** SenML unit. */
  readonly unit: string;
  readonly signal: Signal;
}

type Build = (entropy: Entropy) => SimulatedSensor;

const CATALOGUE: readonly Build[] = [
  (entropy) => ({
    name: 'temperature',
    unit: 'Cel',
    signal: quantised(
      stuck(
        spikes(noise(drift(dailyCycle(21, 4), 0.02, 0.001, entropy), 0.03, entropy), 2e-5, 30, entropy),
        2e-5,
        20,
        entropy,
      ),
      2,
      -40,
      125,
    ),
  }),
  (entropy) => ({
    name: 'humidity',
    unit: '%RH',
    signal: quantised(noise(drift(dailyCycle(48, 12, 3), 0.05, 0.001, entropy), 0.2, entropy), 1, 0, 100),
  }),
  (entropy) => ({
    name: 'pressure',
    unit: 'Pa',
    signal: quantised(
      noise(drift(dailyCycle(101_325, 90, 10), 1, 0.0001, entropy), 2, entropy),
      0,
      30_000,
      110_000,
    ),
  }),
  (entropy) => ({
    name: 'illuminance',
    unit: 'lx',
    signal: quantised(noise(daylight(38_000, entropy), 8, entropy), 0, 0, 120_000),
  }),
  (entropy) => ({
    name: 'voltage',
    unit: 'V',
    signal: quantised(
      noise(drift(dailyCycle(12.6, 0.5, 13), 0.002, 0.001, entropy), 0.01, entropy),
      3,
      0,
      20,
    ),
  }),
  (entropy) => ({
    name: 'flow',
    unit: 'l/s',
    signal: quantised(
      stuck(
        spikes(noise(drift(dailyCycle(3.2, 1, 8), 0.01, 0.002, entropy), 0.02, entropy), 5e-5, 2, entropy),
        2e-5,
        10,
        entropy,
      ),
      3,
      0,
      40,
    ),
  }),
  (entropy) => ({
    name: 'level',
    unit: 'm',
    signal: quantised(
      noise(drift(dailyCycle(1.4, 0.1, 5), 0.001, 0.0005, entropy), 0.002, entropy),
      3,
      0,
      10,
    ),
  }),
  (entropy) => ({
    name: 'sound',
    unit: 'dB',
    signal: quantised(noise(drift(dailyCycle(42, 8, 15), 0.6, 0.05, entropy), 1.2, entropy), 1, 20, 130),
  }),
];

/** The first `count` sensors; from the ninth on the kinds come again as `temperature-2`, `humidity-2`, ... */
export function simulatedSensors(count: number, entropy: Entropy): SimulatedSensor[] {
  return Array.from({ length: count }, (_, index) => {
    const build = CATALOGUE[index % CATALOGUE.length];
    if (build === undefined) throw new RangeError(`no sensor ${index}`);
    const sensor = build(entropy);
    const round = Math.floor(index / CATALOGUE.length) + 1;
    return round === 1 ? sensor : { ...sensor, name: `${sensor.name}-${round}` };
  });
}
