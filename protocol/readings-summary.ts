import { ColumnsReader } from './columns-reader.js';
import type { ChannelType, EpochRef } from './frames.js';
import type { Limits } from './limits.js';

/** What a readings frame holds, without its readings: plain numbers in memory that is used for the next frame again. */
export interface ReadingsSummary {
  readonly type: 'readings';
  readonly epoch: EpochRef;
  readonly seq: number;
  /** Readings in all columns together. */
  readonly count: number;
  /** Monotonic us of the earliest and the latest of them. */
  readonly firstUs: number;
  readonly lastUs: number;
  /** How many columns there are. So many elements of each list below are of this frame, one for each column. */
  readonly columns: number;
  readonly channels: readonly number[];
  readonly types: readonly ChannelType[];
  /** Monotonic us of the last reading of each. */
  readonly columnLastUs: readonly number[];
}

class Summary implements ReadingsSummary {
  readonly type = 'readings';
  epoch = 0;
  seq = 0;
  count = 0;
  firstUs = 0;
  lastUs = 0;
  columns = 0;
  readonly channels: number[] = [];
  readonly types: ChannelType[] = [];
  readonly columnLastUs: number[] = [];
}

const summary = new Summary();
const reader = new ColumnsReader('none');

/** The frame without its readings, every one of which has been checked. Good until the next call. */
export function summarizeReadings(bytes: Uint8Array, limits: Limits): ReadingsSummary {
  reader.open(bytes, limits);
  let earliestUs = Infinity;
  let latestUs = 0;
  let column = 0;
  for (; reader.next(); column++) {
    const { times, count } = reader.times;
    const lastUs = times[count - 1] ?? 0;
    earliestUs = Math.min(earliestUs, times[0] ?? 0);
    latestUs = Math.max(latestUs, lastUs);
    summary.channels[column] = reader.channel;
    summary.types[column] = reader.values.type;
    summary.columnLastUs[column] = lastUs;
  }
  summary.epoch = reader.epoch;
  summary.seq = reader.seq;
  summary.count = reader.count;
  summary.firstUs = earliestUs;
  summary.lastUs = latestUs;
  summary.columns = column;
  return summary;
}
