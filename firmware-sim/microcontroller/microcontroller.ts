/**
 * A simulated microcontroller: reads its simulated sensors at a steady rate and writes each set to its serial line,
 * now and then with the faults of a real one when told to:
 *
 *   sensors -> format -> [cut short?] -> [garbage before?] -> line
 */
import type { Clock, Entropy, Timers } from '@weir/runtime';
import type { SerialLine } from '../serial-line/serial-line.js';
import type { SimulatedSensor } from '../signals/sensors.js';
import { formatReadings, type LineFormat } from './format.js';

export interface MicrocontrollerOptions {
  readonly line: SerialLine;
  readonly sensors: readonly SimulatedSensor[];
  readonly rateHz: number;
  readonly format: LineFormat;
  /** Probability that a set is preceded by up to 32 random bytes. */
  readonly garbage?: number;
  /** Probability that a set breaks off in the middle. */
  readonly cut?: number;
  readonly clock: Clock;
  readonly timers: Timers;
  readonly entropy: Entropy;
}

export interface MicrocontrollerCounts {
  /** Sets written whole. */
  readonly written: number;
  readonly cut: number;
  readonly garbageBytes: number;
  /** Sets lost because nobody read the line. */
  readonly dropped: number;
}

export interface Microcontroller {
  counts(): MicrocontrollerCounts;
  stop(): void;
}

export function startMicrocontroller(options: MicrocontrollerOptions): Microcontroller {
  const { line, sensors, clock, entropy } = options;
  const counts = { written: 0, cut: 0, garbageBytes: 0, dropped: 0 };
  const writeSet = (): void => {
    const at = clock.utcUs() / 1e6;
    const whole = formatReadings(
      options.format,
      sensors.map(({ name, signal }) => ({ name, value: signal(at) })),
    );
    const cut = entropy.unit() < (options.cut ?? 0);
    const garbage =
      entropy.unit() < (options.garbage ?? 0) ? randomBytes(1 + entropy.integer(0, 32), entropy) : null;
    if (garbage !== null && line.write(garbage)) counts.garbageBytes += garbage.length;
    const sent = line.write(cut ? whole.subarray(0, 1 + entropy.integer(0, whole.length - 1)) : whole);
    counts[sent ? (cut ? 'cut' : 'written') : 'dropped']++;
  };
  return { counts: () => ({ ...counts }), stop: every(1000 / options.rateHz, writeSet, options) };
}

/** Runs at a steady rate that does not drift with the time the work takes; ticks missed by a stall are not made up. */
export function every(
  intervalMs: number,
  run: () => void,
  { clock, timers }: { clock: Clock; timers: Timers },
): () => void {
  const startUs = clock.monotonicUs();
  let tick = 0;
  let cancel = (): void => undefined;
  const schedule = (): void => {
    const elapsedMs = (clock.monotonicUs() - startUs) / 1000;
    tick = Math.max(tick + 1, Math.ceil(elapsedMs / intervalMs));
    cancel = timers.after(Math.max(0, tick * intervalMs - elapsedMs), () => {
      schedule();
      run();
    });
  };
  schedule();
  return () => cancel();
}

function randomBytes(count: number, entropy: Entropy): Uint8Array {
  return Uint8Array.from({ length: count }, () => entropy.integer(0, 256));
}
