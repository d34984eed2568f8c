/**
 * The side of a run at which readings (or commands) are seen: beside the hub for uplink, at the device's end otherwise.
 *
 *   connect ──► run: until all that was due has been seen, or has not been in time ──► result
 */
import { cpuS, growthBetween, until } from '../../../measure/cpu.js';
import { nagle } from '../../../processes/nagle.js';
import type { HistogramRecord, PollRecord } from '../record.js';
import { Schedule } from '../schedule.js';
import { DRAIN_US, type Assignment } from './assignment.js';
import { Failure } from './failure.js';
import { Sightings } from './sightings.js';

/** One method of receiving, connected: whatever is sent from now on will be seen. */
export interface Receiving {
  /** The run begins; for what happens by a schedule of the receiver's own, such as polls. */
  start?(startUs: number): void;
  /** What became of its requests that were due, where any are. */
  readonly polls?: PollRecord | null;
  close(): Promise<void> | void;
}

/** What a method tells while it runs. */
export interface ReceiverNotes {
  /** A reading of a device was seen. A value below 0, a greeting, is passed over. */
  readonly saw: (device: number, reading: number) => void;
  /** It cannot go on: the run fails with this. */
  readonly failed: (error: Error) => void;
}

export type OpenReceiver = (assignment: Assignment, notes: ReceiverNotes) => Promise<Receiving>;

export interface ReceiverResult {
  /** Of the measured window, by the schedule. */
  readonly readings: {
    readonly due: number;
    readonly arrived: number;
    readonly lost: number;
    readonly duplicated: number;
  };
  readonly latency: HistogramRecord;
  /** Readings seen while the measured window lasted, whenever they were due. */
  readonly seenInWindow: number;
  /** Of who polls; null of others. */
  readonly polls: PollRecord | null;
  /** CPU of this process in the measured window, s. */
  readonly cpuS: number;
}

/** A receiver's process. */
export class Receiver {
  readonly #schedule: Schedule;
  readonly #sightings: Sightings;
  readonly #failure = new Failure();
  #receiving: Receiving | null = null;
  #cpuS = 0;

  private constructor({ plan }: Assignment) {
    this.#schedule = new Schedule(plan);
    this.#sightings = new Sightings(this.#schedule, plan.scenario.devices);
  }

  static async connect(assignment: Assignment, open: OpenReceiver): Promise<Receiver> {
    if (!assignment.plan.scenario.noDelay) nagle();
    const receiver = new Receiver(assignment);
    const failed = receiver.#failure.raise;
    const saw = (device: number, reading: number): void => {
      const complaint = receiver.#sightings.saw(device, reading);
      if (complaint !== null) failed(new Error(complaint));
    };
    receiver.#receiving = await open(assignment, { saw, failed });
    return receiver;
  }

  async run(startUs: number): Promise<void> {
    const { measuredFromUs, endUs } = this.#schedule;
    this.#sightings.startUs = startUs;
    this.#receiving?.start?.(startUs);
    const cpu = growthBetween(startUs + measuredFromUs, startUs + endUs, cpuS);
    const late = until(startUs + endUs + DRAIN_US);
    const done = Promise.race([this.#sightings.complete, late, this.#failure.happened]);
    [this.#cpuS] = await Promise.all([cpu, done]);
  }

  result(): ReceiverResult {
    return { ...this.#sightings.result(), polls: this.#receiving?.polls ?? null, cpuS: this.#cpuS };
  }

  async close(): Promise<void> {
    await this.#receiving?.close();
  }
}
