import { readFileSync } from 'node:fs';
import { Worker } from 'node:worker_threads';

/** Wakes this thread at a time, to some 0.1 ms, which Node's own timers do to a millisecond. One time at once. */
export class Alarm {
  /** The thread is there; what its start cost is over. */
  readonly ready: Promise<void>;
  readonly #asked: Int32Array;
  readonly #thread: Int32Array;
  readonly #atUs: Float64Array;
  readonly #worker: Worker;

  /** `ring` is called once for each `set`. */
  constructor(ring: () => void) {
    const shared = new SharedArrayBuffer(24);
    this.#asked = new Int32Array(shared, 0, 2);
    this.#atUs = new Float64Array(shared, 8, 1);
    this.#thread = new Int32Array(shared, 16, 1);
    this.#worker = new Worker(new URL('./alarm-thread.js', import.meta.url), { workerData: shared });
    this.ready = new Promise((resolve) =>
      this.#worker.once('message', () => {
        this.#worker.on('message', ring);
        resolve();
      }),
    );
  }

  /** Not before it has rung for the last time. */
  set(atUs: number): void {
    this.#atUs[0] = atUs;
    Atomics.add(this.#asked, 0, 1);
    Atomics.notify(this.#asked, 0);
  }

  /** CPU time of the thread that sleeps, s; 0 where the system does not tell (other than Linux). */
  cpuS(): number {
    const thread = Atomics.load(this.#thread, 0);
    if (thread === 0) return 0;
    return Number(readFileSync(`/proc/self/task/${thread}/schedstat`, 'utf8').split(' ')[0]) / 1e9;
  }

  async close(): Promise<void> {
    await this.#worker.terminate();
  }
}
