import { systemClock } from '@weir/runtime';
import type { Schedule } from '../schedule.js';
import type { ReceiverResult } from './receiver.js';
import { Timings } from './timings.js';

/** Which readings of a run have been seen at the far end, how often, and how long after they were due. */
export class Sightings {
  /** When the run began, monotonic us; nothing that counts is seen before. */
  startUs = Infinity;
  /** Every reading of the run has been seen. */
  readonly complete: Promise<void>;
  readonly #schedule: Schedule;
  /** A bit for each reading of each device. */
  readonly #seen: readonly Uint8Array[];
  readonly #latency = new Timings();
  #left: number;
  #duplicated = 0;
  #inWindow = 0;
  readonly #completed: () => void;

  constructor(schedule: Schedule, devices: number) {
    this.#schedule = schedule;
    this.#left = devices * schedule.readings;
    this.#seen = Array.from({ length: devices }, () => new Uint8Array(Math.ceil(schedule.readings / 8)));
    let completed: () => void = () => undefined;
    this.complete = new Promise((resolve) => (completed = resolve));
    this.#completed = completed;
  }

  /** Notes a reading; returns what is wrong with it, or null. */
  saw(device: number, reading: number): string | null {
    if (reading < 0) return null;
    const atUs = systemClock.monotonicUs() - this.startUs;
    const seen = this.#seen[device];
    if (seen === undefined || !Number.isInteger(reading) || reading >= this.#schedule.readings)
      return `device ${device}, reading ${reading} was seen, which was never due`;
    if (atUs < 0) return `device ${device}, reading ${reading} was seen before the run began`;
    const measured = this.#schedule.measured(device, reading);
    const [place, bit] = [reading >> 3, 1 << (reading & 7)];
    if (((seen[place] ?? 0) & bit) !== 0) {
      if (measured) this.#duplicated++;
      return null;
    }
    seen[place] = (seen[place] ?? 0) | bit;
    if (atUs >= this.#schedule.measuredFromUs && atUs < this.#schedule.endUs) this.#inWindow++;
    if (measured) this.#latency.add(atUs - this.#schedule.dueUs(device, reading));
    if (--this.#left === 0) this.#completed();
    return null;
  }

  result(): Omit<ReceiverResult, 'cpuS' | 'polls'> {
    const latency = this.#latency.record();
    const due = this.#countDue();
    const arrived = latency.count;
    return {
      readings: { due, arrived, lost: due - arrived, duplicated: this.#duplicated },
      ...{ latency, seenInWindow: this.#inWindow },
    };
  }

  #countDue(): number {
    let due = 0;
    for (const device of this.#seen.keys())
      for (let reading = 0; reading < this.#schedule.readings; reading++)
        if (this.#schedule.measured(device, reading)) due++;
    return due;
  }
}
