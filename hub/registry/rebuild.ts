import { inspectFrame, SequenceSet } from '@weir/protocol';
import type { Log, LogBatch } from '@weir/log';
import { messageOf, type Clock, type Logger } from '@weir/runtime';
import { decodeRecord, RecordKind, type HubRecord } from '../ingest/record.js';
import type { LoadedCheckpoint } from './checkpoint.js';
import { Registry, type RegistryLimits, type StoredFrame } from './registry.js';
import { registryOf } from './snapshot.js';

const READ_BYTES = 4 * 2 ** 20;
const PROGRESS_US = 5e6;

export interface RebuildDeps {
  readonly log: Log;
  readonly checkpoint: LoadedCheckpoint;
  readonly limits: RegistryLimits;
  readonly clock: Clock;
  readonly logger: Logger;
}

/** The tables as they were when the hub stopped: the last whole checkpoint, then the log from there on. */
export async function rebuildRegistry(deps: RebuildDeps): Promise<Registry> {
  const { log, logger, limits } = deps;
  const { snapshot, faults } = deps.checkpoint;
  for (const fault of faults) logger.error(fault, 'a registry checkpoint is damaged and is not used');
  const registry = snapshot === null ? new Registry(limits) : registryOf(snapshot, limits);
  await replay(registry, replayStart(snapshot?.offset ?? log.start, deps), deps);
  for (const device of registry.devices.values()) {
    for (const epoch of device.epochs.values()) epoch.settled = SequenceSet.from(epoch.seen.ranges());
  }
  return registry;
}

/** Where to read the log from. Applying a record twice changes counts, never ids or what is known to be taken. */
function replayStart(offset: number, { log, logger }: RebuildDeps): number {
  if (offset > log.durable) {
    logger.error(
      { offset, end: log.durable },
      'the log ends before the registry checkpoint: it was cut or replaced',
    );
    return log.start;
  }
  if (offset < log.start) {
    logger.error(
      { from: offset, to: log.start },
      'the log no longer reaches back to the registry checkpoint',
    );
    return log.start;
  }
  return offset;
}

async function replay(registry: Registry, from: number, { log, clock, logger }: RebuildDeps): Promise<void> {
  const startedUs = clock.monotonicUs();
  let reportedUs = startedUs;
  let records = 0;
  for (let at = from; at < log.durable;) {
    const batch = await log.read(at, READ_BYTES);
    for (const gap of batch.skipped) logger.error(gap, 'a damaged part of the log was skipped');
    for (const each of batch.records) applyStored(registry, each, logger);
    records += batch.records.length;
    if (batch.next <= at) break;
    at = batch.next;
    if (clock.monotonicUs() - reportedUs >= PROGRESS_US) {
      reportedUs = clock.monotonicUs();
      const percent = Math.floor((100 * (at - from)) / (log.durable - from));
      logger.info({ percent, at, end: log.durable }, 'reading the log');
    }
  }
  const seconds = (clock.monotonicUs() - startedUs) / 1e6;
  logger.info({ from, end: log.durable, records, seconds, devices: registry.devices.size }, 'read the log');
}

function applyStored(registry: Registry, stored: LogBatch['records'][number], logger: Logger): void {
  const { offset, next, data } = stored;
  try {
    const record = decodeRecord(data);
    registry.apply(record, storedFrame(record), next);
  } catch (error) {
    logger.error(
      { offset, reason: messageOf(error) },
      'a record of the log cannot be understood and is skipped',
    );
  }
}

/** The frame inspected in a record of readings, channels or gaps; null for the other kinds. */
export function storedFrame(record: HubRecord): StoredFrame | null {
  if (record.kind === RecordKind.device || record.kind === RecordKind.rejected) return null;
  const frame = inspectFrame(record.frame);
  return frame.type === 'describe' || frame.type === 'readings' || frame.type === 'gap' ? frame : null;
}
