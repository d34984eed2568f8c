import { writeFileSync } from 'node:fs';
import { setPriority } from 'node:os';
import { Worker } from 'node:worker_threads';

/** Wakes this thread at a time, to some 0.1 ms, which Node's own timers do to a millisecond. One time at once. */
export class Alarm {
  readonly #asked: Int32Array;
  readonly #atUs: Float64Array;
  readonly #thread: Worker;

  /** `ring` is called once for each `set`. */
  constructor(ring: () => void) {
    const shared = new SharedArrayBuffer(16);
    this.#asked = new Int32Array(shared, 0, 2);
    this.#atUs = new Float64Array(shared, 8, 1);
    this.#thread = new Worker(new URL('./alarm-thread.js', import.meta.url), { workerData: shared });
    this.#thread.on('message', ring);
  }

  /** Not before it has rung for the last time. */
  set(atUs: number): void {
    this.#atUs[0] = atUs;
    Atomics.add(this.#asked, 0, 1);
    Atomics.notify(this.#asked, 0);
  }

  async close(): Promise<void> {
    await this.#thread.terminate();
  }
}

const PRIORITY = -15;
const TIMER_SLACK_NS = 1_000;

/** Puts this process before those that are measured, and its timers on time, as far as the system lets it. */
export function hurry(): void {
  for (const step of [
    () => setPriority(PRIORITY),
    () => writeFileSync('/proc/self/timerslack_ns', String(TIMER_SLACK_NS)),
  ])
    try {
      step();
    } catch {
      continue;
    }
}
