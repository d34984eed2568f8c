/** The hub's log itself: whole, and no frame in it twice. */
import { RecordKind, decodeRecord, type Core } from '@weir/hub/parts';
import { LogReader } from '@weir/log';
import { SequenceSet } from '@weir/protocol';
import type { Ended } from './invariants.js';

const FRAMES: readonly RecordKind[] = [
  RecordKind.readings,
  RecordKind.describe,
  RecordKind.gap,
  RecordKind.rejected,
];

export async function checkHubLog({ world, hub }: Ended, { log, logDir }: Core): Promise<void> {
  const reader = await LogReader.open(logDir, { files: hub.machine.storage });
  const taken = new Map<string, SequenceSet>();
  for (let at = log.start; at < log.durable;) {
    const { skipped, records, next } = await reader.read(at, log.durable);
    // A power cut may leave later sectors of what was never confirmed without the earlier ones, which the log tells as damage.
    for (const { from, to, reason } of skipped)
      if (!hub.unconfirmed.some((range) => range.from <= from && to <= range.to))
        world.violate("the hub's log is whole", `${from} to ${to}: ${reason}`);
    for (const { data } of records) {
      for (const { kind, device, epoch, seq } of decodeRecord(data)) {
        if (!FRAMES.includes(kind)) continue;
        const key = `device ${device} epoch ${epoch}`;
        const set = taken.get(key) ?? new SequenceSet();
        taken.set(key, set);
        if (set.has(seq)) world.violate('no frame is in the log twice', `${key} sequence ${seq}`);
        set.add(seq);
      }
    }
    at = next;
  }
  await reader.close();
}
