import type { ChannelType } from '../api/types.js';

/** Readings asked for in one page. */
export const PAGE_READINGS = 5_000;

/** Readings in a stretch of history up to which each one is fetched. */
const MOST_EXACT = 4_000;

/** Steps into which a longer history is cut: more than a chart has pixels to show. */
const STEPS = 720;

/** Every reading, or the lows and highs of steps. */
export type HistoryPlan = { readonly kind: 'exact' } | { readonly kind: 'extremes'; readonly stepMs: number };

/** How to fetch a stretch of a channel's past. A channel without a known pace is first asked for exactly. */
export function planHistory(
  channel: { readonly type: ChannelType; readonly intervalMs: number | null },
  fromUs: number,
  toUs: number,
): HistoryPlan {
  const spanMs = (toUs - fromUs) / 1_000;
  if (channel.type !== 'number' || channel.intervalMs === null) return { kind: 'exact' };
  if (spanMs / Math.max(1, channel.intervalMs) <= MOST_EXACT) return { kind: 'exact' };
  return { kind: 'extremes', stepMs: stepFor(spanMs) };
}

/** For what an exact page left over. */
export function stepFor(spanMs: number): number {
  return Math.max(1, Math.ceil(spanMs / STEPS));
}
