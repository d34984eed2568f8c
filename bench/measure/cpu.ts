import { setTimeout as sleep } from 'node:timers/promises';
import { systemClock } from '@weir/runtime';

/** CPU time that this process has used, all threads, user and system, s. */
export function cpuS(): number {
  const { user, system } = process.cpuUsage();
  return (user + system) / 1e6;
}

/** How much a count grows from one time to another, both us of the monotonic clock. */
export async function growthBetween(
  fromUs: number,
  toUs: number,
  read: () => number | Promise<number>,
  signal?: AbortSignal,
): Promise<number> {
  await until(fromUs, signal);
  const before = await read();
  await until(toUs, signal);
  return (await read()) - before;
}

/** Waits for a time of the monotonic clock, us; late by a timer's millisecond. */
export async function until(us: number, signal?: AbortSignal): Promise<void> {
  await sleep(Math.max(0, (us - systemClock.monotonicUs()) / 1000), undefined, { signal });
}
