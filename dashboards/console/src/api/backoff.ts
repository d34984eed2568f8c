/** Waits between attempts with full jitter: a random time below a ceiling that doubles, so that pages spread out. */
const BASE_MS = 500;
const CEILING_MS = 15_000;

/** Wait before the attempt that follows `failures` failed ones. `unit` draws from [0, 1). */
export function retryDelayMs(failures: number, unit: () => number = Math.random): number {
  return unit() * Math.min(CEILING_MS, BASE_MS * 2 ** Math.min(failures, 10));
}
