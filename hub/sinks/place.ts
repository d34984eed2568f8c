/** From a record of the log to columns in UTC. The only place where sinks decode frames. */
import { decodeFrame, type Column } from '@weir/protocol';
import { WeirError } from '@weir/runtime';
import { RecordKind, type HubRecord } from '../ingest/record.js';
import type { SeriesInfo, SinkColumn } from './sink.js';

export type SeriesTable = ReadonlyMap<number, SeriesInfo>;

/**
 * The readings of a record, none for records of other kinds. Throws `sink.unknown_series` (retryable: the series may be
 * announced yet), `log.bad_record` or a ProtocolError when the record is not what it says.
 */
export function placeRecord(record: HubRecord, logOffset: number, table: SeriesTable): SinkColumn[] {
  if (record.kind !== RecordKind.readings) return [];
  const frame = decodeFrame(record.frame);
  if (frame.type !== 'readings') throw badRecord(`a ${frame.type} frame in a readings record`);
  if (frame.columns.length !== record.series.length)
    throw badRecord(`${frame.columns.length} columns with ${record.series.length} series`);
  const offsetUs = Math.round(record.offsetUs);
  const uncertaintyUs = wholeUncertainty(record.uncertaintyUs);
  return frame.columns.map((column, i): SinkColumn => {
    const series = seriesOf(record.series[i] ?? 0, table);
    checkType(column, series);
    return {
      series,
      epoch: record.epoch,
      seq: frame.seq,
      firstIndex: i === 0 ? 0 : countBefore(frame.columns, record.series, i),
      monotonicUs: column.times,
      offsetUs,
      values: column.values,
      uncertaintyUs,
      clockSource: record.clockSource,
      logOffset,
    };
  });
}

/** Readings of the same series in the columns before: two channels of a device can have one name. */
function countBefore(columns: readonly Column[], series: ArrayLike<number>, end: number): number {
  let count = 0;
  for (let i = 0; i < end; i++) if (series[i] === series[end]) count += columns[i]?.times.length ?? 0;
  return count;
}

/** Never less than it was, and an integer that every store can hold: what is not finite becomes 2^53 - 1. */
function wholeUncertainty(us: number): number {
  return Number.isFinite(us)
    ? Math.min(Math.ceil(Math.abs(us)), Number.MAX_SAFE_INTEGER)
    : Number.MAX_SAFE_INTEGER;
}

function seriesOf(id: number, table: SeriesTable): SeriesInfo {
  const series = table.get(id);
  if (series !== undefined) return series;
  throw new WeirError('sink.unknown_series', `the log names series ${id}, which is not known yet`, {
    retryable: true,
    details: { series: id },
  });
}

function checkType(column: Column, series: SeriesInfo): void {
  const first: unknown = column.values[0];
  const type = typeof first === 'string' ? 'text' : typeof first;
  if (first === undefined || type === series.type) return;
  throw badRecord(`${type} values in ${series.device} ${series.channel}, a ${series.type} series`);
}

function badRecord(detail: string): WeirError {
  return new WeirError('log.bad_record', `not a hub record: ${detail}`);
}
