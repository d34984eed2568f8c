/** When a channel's last value no longer says how things are. A value is never given a newer time than its own. */
import type { DeviceState } from '../api/types.js';

/** Missed intervals after which a channel with a known pace counts as stale, and the least time allowed. */
const MISSED_INTERVALS = 3;
const LEAST_MS = 5_000;

export interface Freshness {
  readonly stale: boolean;
  /** Time since the reading was taken, ms; never negative. */
  readonly ageMs: number;
}

/**
 * A channel that reports at an interval is stale after three missed ones. One that reports as things happen holds its
 * last value as long as its device is heard.
 */
export function freshness(
  reading: { readonly timeUs: number; readonly intervalMs: number | null },
  device: DeviceState,
  nowMs: number,
): Freshness {
  const ageMs = Math.max(0, nowMs - reading.timeUs / 1_000);
  if (reading.intervalMs === null) return { stale: device !== 'online', ageMs };
  return { stale: ageMs > Math.max(MISSED_INTERVALS * reading.intervalMs, LEAST_MS), ageMs };
}

/**
 * Silence (ms) beyond which a line is broken rather than drawn through. Null for channels that report as things
 * happen: there silence means no change.
 */
export function gapMs(intervalMs: number | null): number | null {
  return intervalMs === null ? null : Math.max(MISSED_INTERVALS * intervalMs, 1_000);
}
