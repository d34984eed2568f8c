import type { Clock } from '@weir/runtime';
import type { Epoch } from './epoch.js';
import type { EpochTable } from './epoch-table.js';

/**
 * How long ago (us) something happened at a monotonic time of an epoch, or null when no clock can tell: within the
 * present boot by the monotonic clock; else by the anchors of both boots, else by what the device's own clock showed.
 */
export function ageUs(epoch: Epoch, takenUs: number, epochs: EpochTable, clock: Clock): number | null {
  const nowUs = clock.monotonicUs();
  const { current } = epochs;
  if (epoch.boot !== null && epoch.boot === current.boot) return nowUs - takenUs;
  const then = epochs.anchorOf(epoch);
  const now = epochs.anchorOf(current);
  const thenOffsetUs = then === null ? epoch.deviceUtcUs : then.utcUs - then.monotonicUs;
  const nowOffsetUs = now === null ? current.deviceUtcUs : now.utcUs - now.monotonicUs;
  if (thenOffsetUs === null || nowOffsetUs === null) return null;
  return nowUs + nowOffsetUs - (takenUs + thenOffsetUs);
}
