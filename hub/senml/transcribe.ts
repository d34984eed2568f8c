/**
 * Resolved SenML records to frames of an epoch that the hub numbers itself, and through the same way in as any frame.
 * Times are UTC already, so the epoch's "monotonic" time is UTC and its offset 0.
 */
import {
  encodeFrame,
  ErrorCode,
  inspectFrame,
  LIMITS,
  ProtocolError,
  type ChannelDescription,
  type ChannelType,
  type Column,
  type ReadingValue,
  type SequencedFrame,
} from '@weir/protocol';
import { WeirError } from '@weir/runtime';
import type { Ingest } from '../ingest/ingest.js';
import type { Intake, Outcome } from '../ingest/intake.js';
import { ClockSource } from '../ingest/record.js';
import type { DeviceEntry } from '../registry/device.js';
import type { ClockOffset } from '../registry/epoch.js';
import type { OwnEpoch } from './own-epochs.js';
import type { RefusedRecord, ResolvedRecord } from './pack.js';

/** A record whose place is known. */
export interface PlacedRecord extends ResolvedRecord {
  readonly channel: string;
}

export interface Transcript {
  stored: number;
  duplicates: number;
  readonly refused: RefusedRecord[];
}

/** What a clock of unknown quality at the other end may be off by, and how late a request may arrive. */
const UNCERTAINTY_US = 1e6;
const BY_ITS_CLOCK: ClockOffset = { offsetUs: 0, uncertaintyUs: UNCERTAINTY_US, source: ClockSource.device };
const BY_ARRIVAL: ClockOffset = { offsetUs: 0, uncertaintyUs: UNCERTAINTY_US, source: ClockSource.bounded };
/** Kept well below the limits of a frame. */
const READINGS_PER_FRAME = 5_000;
const TEXT_BYTES_PER_FRAME = 256 * 1024;

interface Group {
  readonly description: ChannelDescription;
  readonly records: PlacedRecord[];
}

/**
 * Takes the records of one device in, all or, where the log has no room, none from there on. Throws `log.overloaded`.
 */
export function transcribe(
  ingest: Ingest,
  device: DeviceEntry,
  own: OwnEpoch,
  records: readonly PlacedRecord[],
  nowUs: number,
): Transcript {
  const transcript: Transcript = { stored: 0, duplicates: 0, refused: [] };
  const describing = ingest.openOwn(device, own.epoch, BY_ITS_CLOCK, nowUs);
  const groups = grouped(device, describing, records, transcript.refused);
  if (groups.length === 0) return transcript;
  const known = describe(describing, own, groups, nowUs, transcript.refused);
  for (const relative of [false, true]) {
    const intake = ingest.openOwn(device, own.epoch, relative ? BY_ARRIVAL : BY_ITS_CLOCK, nowUs);
    for (const part of partsOf(known, relative)) {
      const count = part.reduce((sum, { records: each }) => sum + each.length, 0);
      const outcome = offer(
        intake,
        own,
        { type: 'readings', ...next(own), columns: part.map(columnOf) },
        nowUs,
      );
      if (typeof outcome === 'object')
        part.forEach((group) => refuse(group, errorOf(outcome), transcript.refused));
      else if (outcome === 'stored') transcript.stored += count;
      else transcript.duplicates += count;
    }
  }
  return transcript;
}

/** The records by channel; each channel's first decides its type and unit, where the device does not know it yet. */
function grouped(
  device: DeviceEntry,
  intake: Intake,
  records: readonly PlacedRecord[],
  refused: RefusedRecord[],
): Group[] {
  const groups = new Map<string, Group>();
  const channels = intake.epochs[0]?.channels ?? [];
  const indexes = new Map(channels.map((series, index) => [series?.channel, index]));
  let nextIndex = channels.length;
  for (const record of records) {
    let group = groups.get(record.channel);
    if (group === undefined) {
      const series = device.series.get(record.channel);
      const index = indexes.get(record.channel) ?? nextIndex++;
      const type = series?.type ?? typeOf(record.value);
      const unit = series?.unit ?? record.unit ?? '';
      group = {
        description: { index, name: record.channel, type, unit, intervalMs: series?.intervalMs ?? null },
        records: [],
      };
      groups.set(record.channel, group);
    }
    const fault = conflict(group.description, record) ?? surplus(group.description);
    if (fault === null) group.records.push(record);
    else refused.push({ index: record.index, error: fault });
  }
  return [...groups.values()].filter((group) => group.records.length > 0);
}

function conflict({ name, type, unit }: ChannelDescription, record: PlacedRecord): ProtocolError | null {
  const found = typeOf(record.value);
  if (found !== type) {
    const message = `channel ${name} takes ${type} values, not ${found}`;
    return new ProtocolError(ErrorCode.valueType, message, { value: name });
  }
  if (record.unit === null || record.unit === unit) return null;
  const message = `channel ${name} has unit "${unit}", not "${record.unit}"`;
  return new ProtocolError(ErrorCode.channelConflict, message, { value: name });
}

function surplus({ index, name }: ChannelDescription): ProtocolError | null {
  if (index < LIMITS.channels) return null;
  const message = `channel ${name} is one more than the limit ${LIMITS.channels}`;
  return new ProtocolError(ErrorCode.tooManyChannels, message, { limit: LIMITS.channels, value: index + 1 });
}

/** Introduces the channels that the epoch does not know; returns the groups whose channels it then knows. */
function describe(
  intake: Intake,
  own: OwnEpoch,
  groups: readonly Group[],
  nowUs: number,
  refused: RefusedRecord[],
): Group[] {
  const channels = intake.epochs[0]?.channels ?? [];
  const fresh = groups.filter(({ description }) => channels[description.index] === undefined);
  // An epoch made from a key always begins with its channels: its sequences mean the same each time.
  const described = own.nextSeq === 1 ? groups : fresh;
  if (described.length === 0) return [...groups];
  const frame = {
    type: 'describe',
    ...next(own),
    channels: described.map(({ description }) => description),
  } as const;
  const outcome = offer(intake, own, frame, nowUs);
  if (typeof outcome !== 'object') return [...groups];
  for (const group of fresh) refuse(group, errorOf(outcome), refused);
  return groups.filter((group) => !fresh.includes(group));
}

/** Columns for one frame after the other. */
function* partsOf(groups: readonly Group[], relative: boolean): Generator<Group[]> {
  let part: Group[] = [];
  let readings = 0;
  let textBytes = 0;
  for (const { description, records } of groups) {
    const sorted = records
      .filter((record) => record.relative === relative)
      .sort((a, b) => a.timeUs - b.timeUs);
    let column: PlacedRecord[] = [];
    for (const record of sorted) {
      column.push(record);
      readings++;
      if (typeof record.value === 'string') textBytes += Buffer.byteLength(record.value);
      if (readings < READINGS_PER_FRAME && textBytes < TEXT_BYTES_PER_FRAME) continue;
      yield [...part, { description, records: column }];
      part = [];
      column = [];
      readings = 0;
      textBytes = 0;
    }
    if (column.length > 0) part.push({ description, records: column });
  }
  if (part.length > 0) yield part;
}

function columnOf({ description, records }: Group): Column {
  const values = records.map(({ value }) => value);
  return {
    channel: description.index,
    times: records.map(({ timeUs }) => timeUs),
    values: values as number[] | boolean[] | string[],
  };
}

function next(own: OwnEpoch): { epoch: number; seq: number } {
  return { epoch: own.epoch, seq: own.nextSeq };
}

function offer(
  intake: Intake,
  own: OwnEpoch,
  frame: SequencedFrame,
  nowUs: number,
): Exclude<Outcome, 'overloaded'> {
  const bytes = encodeFrame(frame);
  const inspected = inspectFrame(bytes);
  if (inspected.type !== 'readings' && inspected.type !== 'describe') {
    throw new WeirError('internal.unexpected', `a ${inspected.type} frame was made of SenML`);
  }
  const outcome = intake.accept(inspected, bytes, nowUs);
  if (outcome === 'overloaded')
    throw new WeirError('log.overloaded', 'the log is behind; try again', { retryable: true });
  own.nextSeq++;
  return outcome;
}

function refuse({ records }: Group, error: ProtocolError, refused: RefusedRecord[]): void {
  for (const { index } of records) refused.push({ index, error });
}

function errorOf({ reject }: Exclude<Outcome, string>): ProtocolError {
  const { code, message, limit, value } = reject;
  return new ProtocolError(code, message, { limit, value });
}

function typeOf(value: ReadingValue): ChannelType {
  return typeof value === 'number' ? 'number' : typeof value === 'boolean' ? 'boolean' : 'text';
}
