/** How long the event loop was kept from a timer that was due. */
import { readFileSync } from 'node:fs';
import { monitorEventLoopDelay } from 'node:perf_hooks';

export interface LoopDelay {
  /** ms. */
  readonly p50: number;
  readonly p99: number;
  readonly max: number;
  /** Most CPU time that the main thread spent between two turns, ms: what of the delay is its own work. */
  readonly own_max: number;
}

const EVERY_MS = 5;
const histogram = monitorEventLoopDelay({ resolution: EVERY_MS });
histogram.enable();

let ranMs = mainThreadMs();
let ownMaxMs = 0;
setInterval(() => {
  const nowMs = mainThreadMs();
  ownMaxMs = Math.max(ownMaxMs, nowMs - ranMs);
  ranMs = nowMs;
}, EVERY_MS).unref();

/** Of the time since the last call. The histogram holds the timer's own interval too. */
export function takeLoopDelay(): LoopDelay {
  const ms = (ns: number): number => Math.max(0, Math.round(ns / 1e5) / 10 - EVERY_MS);
  const [p50, p99] = [ms(histogram.percentile(50)), ms(histogram.percentile(99))];
  const delay = { p50, p99, max: ms(histogram.max), own_max: Math.round(ownMaxMs) };
  histogram.reset();
  ranMs = mainThreadMs();
  ownMaxMs = 0;
  return delay;
}

/** CPU time of the main thread; 0 where the system does not tell (other than Linux). */
function mainThreadMs(): number {
  try {
    return Number(readFileSync('/proc/self/schedstat', 'utf8').split(' ')[0]) / 1e6;
  } catch {
    return 0;
  }
}
