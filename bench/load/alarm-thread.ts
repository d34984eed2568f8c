/** Says that it is there, sleeps until the time that it is asked for, says so, and sleeps again: `Alarm`'s thread. */
import { readlinkSync } from 'node:fs';
import { parentPort, workerData } from 'node:worker_threads';
import { systemClock } from '@weir/runtime';

const shared = workerData as SharedArrayBuffer;
/** How often it was asked; and a cell that nobody ever changes, to sleep on. */
const cells = new Int32Array(shared, 0, 2);
const atUs = new Float64Array(shared, 8, 1);

try {
  const [thread = 0] = readlinkSync('/proc/thread-self').split('/').slice(-1).map(Number);
  Atomics.store(new Int32Array(shared, 16, 1), 0, thread);
} catch {
  // Not Linux: what this thread costs is not told apart.
}

parentPort?.postMessage(null);
for (let rung = 0; ; rung++) {
  Atomics.wait(cells, 0, rung);
  const aheadUs = (atUs[0] ?? 0) - systemClock.monotonicUs();
  if (aheadUs > 0) Atomics.wait(cells, 1, 0, aheadUs / 1000);
  parentPort?.postMessage(null);
}
