/** The thread of an alarm: sleeps until a time is due, tells how many are, and wakes the event loop once for them. */
import { readlinkSync } from 'node:fs';
import { parentPort, workerData } from 'node:worker_threads';
import { systemClock } from '@weir/runtime';
import { AlarmState, type AlarmOrder } from './alarm.js';

const { duesUs, state } = workerData as AlarmOrder;
/** Nobody wakes who sleeps on it. */
const bed = new Int32Array(new SharedArrayBuffer(4));

try {
  Atomics.store(state, AlarmState.thread, Number(readlinkSync('/proc/thread-self').split('/').at(-1)));
} catch {
  // Not Linux: what the thread costs is not told apart.
}

// Goes on listening, so that what it used can be asked when all has rung.
parentPort?.on('message', (startUs: number) => {
  for (let next = 0; next < duesUs.length;) {
    const leftUs = startUs + (duesUs[next] ?? 0) - systemClock.monotonicUs();
    if (leftUs > 0) {
      Atomics.wait(bed, 0, 0, leftUs / 1000);
      continue;
    }
    next++;
    Atomics.store(state, AlarmState.due, next);
    if (Atomics.exchange(state, AlarmState.woken, 1) === 0) parentPort?.postMessage(null);
  }
});
