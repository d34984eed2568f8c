import { systemClock } from '@weir/runtime';
import { Alarm } from './alarm.js';

/**
 * Calls at given times, to about 0.1 ms and without spinning: the thread that sleeps stands for a sensor at a serial line, and
 * what it costs can be told from what the client does.
 */
export class DueTimes {
  readonly #duesUs: readonly number[];
  readonly #alarm = new Alarm(() => this.#ring());
  #startUs = 0;
  #next = 0;
  #call: (index: number) => void = () => undefined;
  #done: () => void = () => undefined;

  /** `duesUs`, ascending, are counted from the start that `run` names. */
  constructor(duesUs: readonly number[]) {
    this.#duesUs = duesUs;
  }

  /** What its start cost is over. */
  get ready(): Promise<void> {
    return this.#alarm.ready;
  }

  /** Calls `call` with the place of each time when it is due; resolves after the last. `startUs` is monotonic. */
  run(startUs: number, call: (index: number) => void): Promise<void> {
    this.#startUs = startUs;
    this.#call = call;
    return new Promise((resolve) => {
      this.#done = resolve;
      this.#ring();
    });
  }

  /** CPU time of the thread that sleeps, s. */
  cpuS(): number {
    return this.#alarm.cpuS();
  }

  close(): Promise<void> {
    return this.#alarm.close();
  }

  #ring(): void {
    for (let dueUs = this.#duesUs[this.#next]; dueUs !== undefined; dueUs = this.#duesUs[this.#next]) {
      const atUs = this.#startUs + dueUs;
      if (atUs > systemClock.monotonicUs()) return this.#alarm.set(atUs);
      this.#call(this.#next++);
    }
    this.#done();
  }
}
