import { monitorEventLoopDelay } from 'node:perf_hooks';

/** How long the event loop was kept from a timer that was due, ms. */
export interface LoopDelay {
  readonly p50: number;
  readonly p99: number;
  readonly max: number;
}

const EVERY_MS = 5;
const histogram = monitorEventLoopDelay({ resolution: EVERY_MS });
histogram.enable();

/** Of the time since the last call. The histogram holds the timer's own interval too. */
export function takeLoopDelay(): LoopDelay {
  const ms = (ns: number): number => Math.max(0, Math.round(ns / 1e5) / 10 - EVERY_MS);
  const delay = {
    p50: ms(histogram.percentile(50)),
    p99: ms(histogram.percentile(99)),
    max: ms(histogram.max),
  };
  histogram.reset();
  return delay;
}
