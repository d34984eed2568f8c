/**
 * Meters of this machine's power. Both kinds are a sampled sum of joules: RAPL's counters are read so often that none wraps
 * unseen, an INA219's power is integrated between samples. What a meter covers, it covers whole: of a run on one machine
 * that is the hub and the network beside the device.
 */
import { setTimeout as sleep } from 'node:timers/promises';
import { systemClock, WeirError, type Clock } from '@weir/runtime';
import type { MeasuredEnergy } from '../energy.js';

export type MeterSource = MeasuredEnergy['source'];

export interface Metered {
  readonly joules: number;
  readonly seconds: number;
}

export interface EnergyMeter {
  readonly source: MeterSource;
  /** What it measures, for the report: `package-0 + dram`. */
  readonly covers: string;
  /** Begins to measure. Rejects with `bench.meter_failed` while a measurement is on, or when the meter cannot be read. */
  start(): Promise<void>;
  /** Ends it. Rejects with `bench.meter_failed` when the meter failed meanwhile: part of a sum is no sum. */
  stop(): Promise<Metered>;
}

/** What a kind of meter has to do. */
export interface MeterProbe {
  readonly source: MeterSource;
  readonly covers: string;
  /** Time between two samples, ms. */
  readonly everyMs: number;
  /** Takes a sample; resolves with the joules since the one before, 0 at the first after `reset`. */
  sample(atUs: number): Promise<number>;
  reset(): void;
}

/** For tests, and for systems that have these files elsewhere. */
export interface MeterOptions {
  /** Where the kernel shows the meters. */
  readonly folder?: string;
  /** Time between two samples, ms. */
  readonly everyMs?: number;
  readonly clock?: Clock;
}

export class SampledMeter implements EnergyMeter {
  readonly #probe: MeterProbe;
  readonly #clock: Clock;
  #joules = 0;
  #startedUs = 0;
  #stopping: AbortController | null = null;
  #sampling: Promise<void> = Promise.resolve();
  #failure: unknown = null;

  constructor(probe: MeterProbe, clock: Clock | undefined) {
    this.#probe = probe;
    this.#clock = clock ?? systemClock;
  }

  get source(): MeterSource {
    return this.#probe.source;
  }

  get covers(): string {
    return this.#probe.covers;
  }

  async start(): Promise<void> {
    if (this.#stopping !== null)
      throw new WeirError('bench.meter_failed', `${this.source} is measuring already`);
    const stopping = (this.#stopping = new AbortController());
    this.#probe.reset();
    this.#joules = 0;
    this.#failure = null;
    try {
      this.#startedUs = await this.#sample();
    } catch (error) {
      this.#stopping = null;
      throw error;
    }
    this.#sampling = this.#sampleUntil(stopping.signal);
  }

  async stop(): Promise<Metered> {
    if (this.#stopping === null) throw new WeirError('bench.meter_failed', `${this.source} is not measuring`);
    this.#stopping.abort();
    this.#stopping = null;
    await this.#sampling;
    if (this.#failure !== null) throw WeirError.from(this.#failure);
    const endUs = await this.#sample();
    return { joules: this.#joules, seconds: (endUs - this.#startedUs) / 1e6 };
  }

  /** Never rejects: what went wrong is told by `stop`. */
  async #sampleUntil(signal: AbortSignal): Promise<void> {
    const options = { signal, ref: false };
    while (await sleep(this.#probe.everyMs, true, options).catch(() => false)) {
      try {
        await this.#sample();
      } catch (error) {
        this.#failure = error;
        return;
      }
    }
  }

  async #sample(): Promise<number> {
    const atUs = this.#clock.monotonicUs();
    this.#joules += await this.#probe.sample(atUs);
    return atUs;
  }
}

/** Mean power while nothing of the benchmark runs, W: what `measuredEnergy` takes off. */
export async function measureIdleW(
  meter: EnergyMeter,
  seconds: number,
  signal: AbortSignal,
): Promise<number> {
  await meter.start();
  try {
    await sleep(seconds * 1000, undefined, { signal });
  } catch (error) {
    await meter.stop().catch(() => undefined);
    throw error;
  }
  const { joules, seconds: measuredS } = await meter.stop();
  return joules / measuredS;
}

/** A run as the meter saw it. `marginalJ` is below 0 where noise was more than the run. */
export function measuredEnergy(
  meter: Pick<EnergyMeter, 'source' | 'covers'>,
  idleW: number,
  { joules, seconds }: Metered,
): MeasuredEnergy {
  const idleJ = idleW * seconds;
  return {
    source: meter.source,
    profile: `${meter.source} ${meter.covers}`,
    windowS: seconds,
    idleJ,
    radioJ: null,
    cpuJ: null,
    marginalJ: joules - idleJ,
    totalJ: joules,
    states: {},
    sensitivity: {},
  };
}
