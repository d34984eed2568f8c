/**
 * Calls at given times, to about 0.1 ms, without spinning: a thread of its own sleeps until each is due and then wakes the
 * event loop, as a sensor at a serial line would. Node's timers are late by up to a millisecond, which is more than a fast
 * network takes. What the thread itself costs can be told apart: it stands for the sensor and is not the client's.
 */
import { readFileSync } from 'node:fs';
import { Worker } from 'node:worker_threads';

/** Places in the state that thread and loop share. */
export const AlarmState = { woken: 0, due: 1, thread: 2 } as const;

export interface AlarmOrder {
  /** us since the start, ascending. */
  readonly duesUs: Float64Array;
  readonly state: Int32Array;
}

export class Alarm {
  readonly #state = new Int32Array(new SharedArrayBuffer(4 * Object.keys(AlarmState).length));
  readonly #worker: Worker;
  readonly #calls: number;

  /** `duesUs`, ascending, are counted from the start that `run` names. */
  constructor(duesUs: Iterable<number>) {
    const dues = Float64Array.from(duesUs);
    this.#calls = dues.length;
    const workerData: AlarmOrder = { duesUs: dues, state: this.#state };
    this.#worker = new Worker(new URL('./alarm-thread.js', import.meta.url), { workerData });
    this.#worker.unref();
  }

  /** Calls `ring` with the place of each time that is due; resolves after the last. `startUs` is monotonic. */
  run(startUs: number, ring: (index: number) => void): Promise<void> {
    return new Promise((resolve, reject) => {
      let next = 0;
      if (this.#calls === 0) return resolve();
      this.#worker.on('error', reject);
      this.#worker.on('message', () => {
        Atomics.store(this.#state, AlarmState.woken, 0);
        while (next < Atomics.load(this.#state, AlarmState.due)) ring(next++);
        if (next === this.#calls) resolve();
      });
      this.#worker.ref();
      this.#worker.postMessage(startUs);
    });
  }

  /** CPU time of the thread, s; 0 where the system does not tell (other than Linux). */
  cpuS(): number {
    const thread = Atomics.load(this.#state, AlarmState.thread);
    if (thread === 0) return 0;
    return Number(readFileSync(`/proc/self/task/${thread}/schedstat`, 'utf8').split(' ')[0]) / 1e9;
  }

  async close(): Promise<void> {
    await this.#worker.terminate();
  }
}
