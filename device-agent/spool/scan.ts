/** Reads what an earlier run left in the spool. */
import type { Log } from '@weir/log';
import { ProtocolError, SequenceSet, type ClockAnchor, type SequenceRange } from '@weir/protocol';
import { WeirError, type Logger } from '@weir/runtime';
import { Epoch } from './epoch.js';
import { OffsetIndex } from './offset-index.js';
import { Placements } from './placements.js';
import { decodeSpoolRecord, type SpoolRecord } from './record.js';
import type { StoredFrame } from './stored-frame.js';

export interface Scan {
  /** In the order in which they ran. */
  readonly epochs: Map<number, Epoch>;
  readonly anchors: Map<string, ClockAnchor>;
  readonly index: OffsetIndex;
  readonly placements: Placements;
}

interface Placed {
  readonly record: SpoolRecord;
  readonly offset: number;
}

const READ_BYTES = 262_144;
/** How finely frames go by age. */
const STRETCHES_PER_AGE = 16;

/** Everything in the log, in order. What is damaged is reported and left out; `damaged` says whether anything was. */
async function eachRecord(log: Log, logger: Logger, visit: (placed: Placed) => void): Promise<boolean> {
  let damaged = false;
  let at = log.start;
  while (at < log.durable) {
    const batch = await log.read(at, READ_BYTES);
    damaged ||= batch.skipped.some(({ reason }) => reason !== 'retention');
    for (const { offset, data } of batch.records) {
      try {
        visit({ record: decodeSpoolRecord(data), offset });
      } catch (error) {
        if (!(error instanceof ProtocolError) && WeirError.from(error).code !== 'log.bad_record') throw error;
        damaged = true;
        logger.error({ offset, err: error }, 'a record of the spool cannot be read');
      }
    }
    if (batch.next === at) break;
    at = batch.next;
  }
  return damaged;
}

/** A describe frame is kept, and must not keep the buffer that it was read into. */
function detached(frame: StoredFrame): StoredFrame {
  return frame.kind === 'describe' ? { ...frame, bytes: frame.bytes.slice() } : frame;
}

/** The spool's tables, rebuilt. */
export async function scanSpool(log: Log, logger: Logger, maxAgeMs: number): Promise<Scan> {
  const epochs = new Map<number, Epoch>();
  const scan: Scan = {
    epochs,
    anchors: new Map(),
    index: new OffsetIndex((maxAgeMs * 1000) / STRETCHES_PER_AGE),
    placements: new Placements(),
  };
  const settled: [epoch: number, ranges: readonly SequenceRange[]][] = [];
  const epochOf = (id: number): Epoch => {
    let epoch = epochs.get(id);
    if (epoch === undefined) epochs.set(id, (epoch = new Epoch(id)));
    return epoch;
  };
  const damaged = await eachRecord(log, logger, ({ record, offset }) => {
    scan.placements.note(record, offset);
    switch (record.kind) {
      case 'frame':
        epochOf(record.frame.epoch).add(detached(record.frame));
        scan.index.add(offset, record.frame, epochOf(record.frame.epoch));
        break;
      case 'copy':
        epochOf(record.frame.epoch).introduce(detached(record.frame));
        break;
      case 'epoch': {
        const { boot, deviceUtcUs, agent, refused } = record;
        Object.assign(epochOf(record.epoch), { boot, deviceUtcUs, agent, refused: new Set(refused) });
        break;
      }
      case 'anchor':
        scan.anchors.set(record.boot, record.anchor);
        break;
      case 'settled':
        settled.push([record.epoch, record.ranges]);
        break;
    }
  });
  for (const [id, ranges] of settled) for (const [first, last] of ranges) epochs.get(id)?.settle(first, last);
  if (damaged) for (const epoch of epochs.values()) epoch.damaged = true;
  return scan;
}

/** The sequences that can still be read, by epoch. */
export async function readableFrames(log: Log, logger: Logger): Promise<Map<number, SequenceSet>> {
  const found = new Map<number, SequenceSet>();
  await eachRecord(log, logger, ({ record }) => {
    if (record.kind !== 'frame') return;
    const { epoch, seq } = record.frame;
    const set = found.get(epoch) ?? new SequenceSet();
    set.add(seq);
    found.set(epoch, set);
  });
  return found;
}
