/**
 * The side of a run from which readings (or commands) come: at the device's end for uplink, beside the hub otherwise.
 *
 *   connect ──► run: each is handed on when it is due, whatever became of those before ──► result
 */
import { systemClock } from '@weir/runtime';
import { DueTimes } from '../../../load/due-times.js';
import { cpuS, growthBetween, until } from '../../../measure/cpu.js';
import { nagle } from '../../../processes/nagle.js';
import type { HistogramRecord } from '../record.js';
import { Schedule } from '../schedule.js';
import { DRAIN_US, type Assignment } from './assignment.js';
import { Failure } from './failure.js';
import { Timings } from './timings.js';

/** One method of sending, connected and greeted. */
export interface Sending {
  /** A reading is due: it goes out now, or when its message is full. Its value is `reading`. */
  send(device: number, reading: number): void;
  /** No more will come: sends what waits for its message to fill. Resolves when all is known to be safe. */
  finish(): Promise<void>;
  close(): Promise<void> | void;
}

/** What a method tells while it runs. */
export interface SenderNotes {
  /** The sender knows that a reading is safe. A reading below 0, a greeting, is passed over. */
  readonly confirmed: (device: number, reading: number, atUs: number) => void;
  /** It cannot go on: the run fails with this. */
  readonly failed: (error: Error) => void;
}

/** Connects all devices of a run and has each send its greeting. Rejects when that cannot be. */
export type OpenSender = (assignment: Assignment, notes: SenderNotes) => Promise<Sending>;

export interface SenderResult {
  /** From due to safe; null where no answer comes. */
  readonly confirmed: HistogramRecord | null;
  /** From due to when the client's code began with it. */
  readonly lateness: HistogramRecord;
  /** CPU of this process in the measured window, s, without the thread that only says what is due. */
  readonly cpuS: number;
}

/** A sender's process. */
export class Sender {
  readonly #schedule: Schedule;
  readonly #due: ReturnType<Schedule['inOrder']>;
  readonly #dueTimes: DueTimes;
  readonly #confirmed = new Timings();
  readonly #lateness = new Timings();
  readonly #failure = new Failure();
  #sending: Sending | null = null;
  #startUs = 0;
  #cpuS = 0;

  private constructor({ plan }: Assignment) {
    this.#schedule = new Schedule(plan);
    this.#due = this.#schedule.inOrder();
    this.#dueTimes = new DueTimes(this.#due.map(({ dueUs }) => dueUs));
  }

  static async connect(assignment: Assignment, open: OpenSender): Promise<Sender> {
    if (!assignment.plan.scenario.noDelay) nagle();
    const sender = new Sender(assignment);
    // Or the start of its thread would be told apart from a count that it is not in.
    await sender.#dueTimes.ready;
    sender.#sending = await open(assignment, {
      confirmed: (device, reading, atUs) => sender.#note(sender.#confirmed, device, reading, atUs),
      failed: sender.#failure.raise,
    });
    return sender;
  }

  /** Resolves when all is sent and safe, or has not been in time. */
  async run(startUs: number): Promise<void> {
    const { measuredFromUs, endUs } = this.#schedule;
    this.#startUs = startUs;
    const cpu = growthBetween(
      startUs + measuredFromUs,
      startUs + endUs,
      () => cpuS() - this.#dueTimes.cpuS(),
    );
    const sent = this.#dueTimes
      .run(startUs, (index) => this.#ring(index))
      .then(() => this.#sending?.finish());
    const late = until(startUs + endUs + DRAIN_US);
    const done = Promise.race([sent, late, this.#failure.happened]);
    [this.#cpuS] = await Promise.all([cpu, done]);
  }

  result(): SenderResult {
    const confirmed = this.#confirmed.record();
    return {
      confirmed: confirmed.count > 0 ? confirmed : null,
      lateness: this.#lateness.record(),
      cpuS: this.#cpuS,
    };
  }

  async close(): Promise<void> {
    await this.#sending?.close();
    await this.#dueTimes.close();
  }

  #ring(index: number): void {
    const due = this.#due[index];
    if (due === undefined) return;
    this.#note(this.#lateness, due.device, due.reading, systemClock.monotonicUs());
    this.#sending?.send(due.device, due.reading);
  }

  #note(timings: Timings, device: number, reading: number, atUs: number): void {
    if (reading < 0 || !this.#schedule.measured(device, reading)) return;
    timings.add(atUs - this.#startUs - this.#schedule.dueUs(device, reading));
  }
}
