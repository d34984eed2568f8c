import { inspectFrame, SequenceSet, type Describe, type Gap } from '@weir/protocol';
import type { Log, LogBatch } from '@weir/log';
import { messageOf, WeirError, type Clock, type Logger } from '@weir/runtime';
import { RecordKind, RecordReader, type HubRecord } from '../ingest/record.js';
import { DamageWatch } from '../ledger/damage.js';
import type { LoadedCheckpoint } from './checkpoint.js';
import { ReadingsRun } from './readings-run.js';
import { Registry, type RegistryLimits } from './registry.js';

const READ_BYTES = 4 * 2 ** 20;
const PROGRESS_US = 5e6;

export interface RebuildDeps {
  readonly log: Log;
  readonly loaded: LoadedCheckpoint;
  readonly limits: RegistryLimits;
  readonly clock: Clock;
  readonly logger: Logger;
  /** Called with the tables as the checkpoint has them, before the log is read on. */
  readonly prepare?: (registry: Registry) => void;
}

/** The tables as they were when the hub stopped: the last whole checkpoint, then the log from there on. */
export async function rebuildRegistry(deps: RebuildDeps): Promise<Registry> {
  const { log, logger, limits } = deps;
  const { checkpoint, faults } = deps.loaded;
  for (const fault of faults) logger.error(fault, 'a registry checkpoint is damaged and is not used');
  const registry = checkpoint?.registry ?? new Registry(limits);
  deps.prepare?.(registry);
  const from = replayStart(checkpoint?.offset ?? log.start, deps);
  await replay({ registry, takenAt: checkpoint?.takenAt ?? new Map() }, from, deps);
  for (const device of registry.devices.values()) {
    for (const epoch of device.epochs.values()) epoch.settled = SequenceSet.from(epoch.seen.ranges());
  }
  return registry;
}

/** Tables, and by device the log offset up to which they have its records. */
interface Tables {
  readonly registry: Registry;
  readonly takenAt: ReadonlyMap<number, number>;
}

/** Where to read the log from. */
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

async function replay(tables: Tables, from: number, { log, clock, logger }: RebuildDeps): Promise<void> {
  const startedUs = clock.monotonicUs();
  let reportedUs = startedUs;
  let records = 0;
  const damage = new DamageWatch(tables.registry);
  for (let at = from; at < log.durable;) {
    const batch = await log.read(at, READ_BYTES);
    for (const gap of batch.skipped) {
      logger.error(gap, 'a damaged part of the log was skipped');
      damage.skipped(gap.reason);
    }
    for (const each of batch.records) applyStored(tables, each, logger);
    records += batch.records.length;
    if (batch.next <= at) break;
    at = batch.next;
    if (clock.monotonicUs() - reportedUs >= PROGRESS_US) {
      reportedUs = clock.monotonicUs();
      const percent = Math.floor((100 * (at - from)) / (log.durable - from));
      logger.info({ percent, at, end: log.durable }, 'reading the log');
    }
  }
  damage.done(clock.utcUs());
  const seconds = (clock.monotonicUs() - startedUs) / 1e6;
  const devices = tables.registry.devices.size;
  logger.info({ from, end: log.durable, records, seconds, devices }, 'read the log');
}

function applyStored(
  { registry, takenAt }: Tables,
  { offset, next, data }: LogBatch['records'][number],
  logger: Logger,
): void {
  try {
    const record = new RecordReader(data);
    if (next <= (takenAt.get(record.device) ?? 0)) return;
    if (record.kind === RecordKind.readings) applyRun(registry, record, next);
    else while (record.next()) registry.apply(record, storedFrame(record));
  } catch (error) {
    logger.error(
      { offset, reason: messageOf(error) },
      'a record of the log cannot be understood and is skipped',
    );
  }
}

function applyRun(registry: Registry, record: RecordReader, end: number): void {
  const run = new ReadingsRun();
  const { kind, device, epoch, receivedUs, offsetUs, uncertaintyUs, clockSource } = record;
  while (record.next()) {
    const frame = inspectFrame(record.frame);
    if (frame.type !== 'readings')
      throw new WeirError('log.bad_record', `a ${frame.type} frame in a readings record`);
    if (run.frames === 0) run.begin(record.seq);
    run.add(frame, record.series, record.frameStart, record.frameStart + record.frame.length);
  }
  if (run.frames === 0) return;
  const envelope = { kind, device, epoch, seq: run.seq, receivedUs, offsetUs, uncertaintyUs, clockSource };
  registry.applyReadings(envelope, run, record.bytes, end);
}

/** The frame in a record of channels or gaps; null for the other kinds. */
function storedFrame(record: HubRecord): Describe | Gap | null {
  if (record.kind !== RecordKind.describe && record.kind !== RecordKind.gap) return null;
  const frame = inspectFrame(record.frame);
  return frame.type === 'describe' || frame.type === 'gap' ? frame : null;
}
