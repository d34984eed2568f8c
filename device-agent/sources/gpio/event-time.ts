/** When an edge happened, on the agent's clock. */
import type { Clock } from '@weir/runtime';

/** More than this ahead of the monotonic clock, a time is of another clock. */
const AHEAD_US_MAX = 1_000_000;

/**
 * Kernels from 5.7 stamp edges by CLOCK_MONOTONIC, which is the agent's own clock; older ones by CLOCK_REALTIME, which
 * is decades ahead of it and is told by that. No edge is later than now.
 */
export function monotonicOfEdge(kernelUs: number, clock: Clock): number {
  const nowUs = clock.monotonicUs();
  if (kernelUs <= nowUs + AHEAD_US_MAX) return Math.min(kernelUs, nowUs);
  const agoUs = Math.max(0, clock.utcUs() - kernelUs);
  return Math.max(0, nowUs - agoUs);
}
