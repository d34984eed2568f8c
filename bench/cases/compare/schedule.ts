/**
 * When what is due in a run: the same for the sender, for who sees it arrive, and for the theory, from the run's plan alone.
 * All times in us since the run's start.
 */
import { seededEntropy } from '@weir/runtime';
import type { RunPlan } from './scenario.js';

/**
 * A sensor and a poller of one period would keep one phase for a whole run, and its latency would be chance. So intervals are
 * shorter by this share of themselves for a number of polls, then longer, and so on: polls sweep through all phases.
 */
const POLL_SWEEP = 0.1;
const POLLS_A_SWEEP = 20;

/** One reading, and when it is due. */
export interface Due {
  readonly device: number;
  readonly reading: number;
  readonly dueUs: number;
}

export class Schedule {
  /** Between two readings of a device. */
  readonly intervalUs: number;
  /** Readings of each device, warm-up included; they are numbered from 0. */
  readonly readings: number;
  readonly measuredFromUs: number;
  readonly endUs: number;
  readonly #phases: readonly number[];

  /** Throws when the scenario has no rate: what goes as fast as it can has no schedule. */
  constructor({ scenario, replicate, replicates, seed, warmupS, measuredS }: RunPlan) {
    const { rateHz, devices } = scenario;
    if (rateHz === null) throw new RangeError('a scenario without a rate has no schedule');
    const entropy = seededEntropy(seed);
    this.intervalUs = 1e6 / rateHz;
    this.measuredFromUs = warmupS * 1e6;
    this.endUs = (warmupS + measuredS) * 1e6;
    this.readings = Math.max(1, Math.floor(this.endUs / this.intervalUs));
    // The first device's phases are spread evenly over the replicates: the mean over them wanders less.
    this.#phases = Array.from({ length: devices }, (_, device) =>
      device === 0 ? (replicate + entropy.unit()) / replicates : entropy.unit(),
    );
  }

  dueUs(device: number, reading: number): number {
    return ((this.#phases[device] ?? 0) + reading) * this.intervalUs;
  }

  /** All readings of all devices in the order in which they are due. */
  inOrder(): readonly Due[] {
    const devices = [...this.#phases.keys()].sort((a, b) => this.dueUs(a, 0) - this.dueUs(b, 0));
    // A phase is less than an interval: no device's next reading comes before another's present one.
    return Array.from({ length: this.readings }, (_, reading) =>
      devices.map((device) => ({ device, reading, dueUs: this.dueUs(device, reading) })),
    ).flat();
  }

  /** Is a reading one of those that count? */
  measured(device: number, reading: number): boolean {
    const dueUs = this.dueUs(device, reading);
    return dueUs >= this.measuredFromUs && dueUs < this.endUs;
  }
}

/** When requests of a poller are due, without end; the first within one interval. */
export function* pollsDueUs({ scenario: { pollMs }, seed }: RunPlan): Generator<number, never> {
  if (pollMs === null) throw new RangeError('a scenario that does not poll has no polls');
  let dueUs = seededEntropy(seed + 1).unit() * pollMs * 1000;
  for (let poll = 0; ; poll++) {
    yield dueUs;
    const longer = Math.floor(poll / POLLS_A_SWEEP) % 2 === 1;
    dueUs += pollMs * 1000 * (longer ? 1 + POLL_SWEEP : 1 - POLL_SWEEP);
  }
}
