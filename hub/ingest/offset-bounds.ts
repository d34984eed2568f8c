/**
 * What is known of a clock's offset to UTC, as bounds that hold at a given time of that clock.
 *
 *   offset
 *     ▲   \                                        /     an anchor bounds the offset at its time, and less and less
 *     │     \ ┌──────────── both ──────────────┐ /       well before and after it: a crystal drifts by up to 100 ppm.
 *     │      ╳                                  ╳        Two anchors bound it from both sides, and so what the crystal
 *     │    /   \                              /   \      really drifted by between them.
 *     └──────┴──────────────────────────────────┴───► monotonic time
 *          anchor                             anchor
 *
 * That needs one clock on the hub's side for both. Bounds that leave nothing in common mean that one of the two clocks stepped in between (the hub's was set, or the
 * device slept): before the later anchor either may hold, so both are covered.
 */
import type { ClockAnchor } from '@weir/protocol';
import type { ClockOffset } from '../registry/epoch.js';
import { ClockSource } from './record.js';

/** Monotonic us of the first and the last reading of a frame. */
export interface Span {
  readonly firstUs: number;
  readonly lastUs: number;
}

export interface Bounds {
  readonly lowUs: number;
  readonly highUs: number;
}

/** The most by which a device's crystal may be off: 100 parts per million (docs/protocol.md, 6.1). */
export const DRIFT = 100e-6;

/** The bounds that an anchor gives at a monotonic time. */
export function boundsBy({ monotonicUs, utcUs, uncertaintyUs }: ClockAnchor, atUs: number): Bounds {
  const offsetUs = utcUs - monotonicUs;
  const reachUs = uncertaintyUs + Math.ceil(DRIFT * Math.abs(atUs - monotonicUs));
  return { lowUs: offsetUs - reachUs, highUs: offsetUs + reachUs };
}

/** What two bounds have in common; null for nothing. */
export function common(a: Bounds, b: Bounds): Bounds | null {
  const lowUs = Math.max(a.lowUs, b.lowUs);
  const highUs = Math.min(a.highUs, b.highUs);
  return lowUs <= highUs ? { lowUs, highUs } : null;
}

/** The least bounds that hold both. */
export function cover(a: Bounds, b: Bounds): Bounds {
  return { lowUs: Math.min(a.lowUs, b.lowUs), highUs: Math.max(a.highUs, b.highUs) };
}

/** The offset of all readings of a span, by what bounds it in the span's middle. */
export function offsetWithin({ lowUs, highUs }: Bounds, span: Span, source: ClockSource): ClockOffset {
  const offsetUs = Math.round((lowUs + highUs) / 2);
  const driftUs = (DRIFT * (span.lastUs - span.firstUs)) / 2;
  const uncertaintyUs = Math.ceil(Math.max(highUs - offsetUs, offsetUs - lowUs) + driftUs);
  return { offsetUs, uncertaintyUs, source };
}

/** By one anchor alone. */
export function offsetBy(anchor: ClockAnchor, span: Span): ClockOffset {
  return offsetWithin(boundsBy(anchor, middleOf(span)), span, ClockSource.synced);
}

export function middleOf({ firstUs, lastUs }: Span): number {
  return (firstUs + lastUs) / 2;
}
