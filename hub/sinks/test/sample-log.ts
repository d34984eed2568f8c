/** A hub log with known readings, and what every store should then hold. */
import { Log } from '@weir/log';
import { encodeFrame, type ChannelType, type Column, type ReadingValue } from '@weir/protocol';
import { ClockSource, encodeRecord, RecordKind } from '../../ingest/record.js';
import { LogReader } from '@weir/log';
import { BatchReader } from '../batch-reader.js';
import type { SeriesInfo, SinkBatch } from '../sink.js';

export interface ExpectedReading {
  readonly device: string;
  readonly channel: string;
  readonly type: ChannelType;
  readonly unit: string;
  readonly timeUs: number;
  readonly value: ReadingValue;
  readonly uncertaintyUs: number;
  readonly epoch: number;
  readonly seq: number;
  readonly idx: number;
}

export interface SampleFrame {
  readonly epoch?: number;
  readonly seq: number;
  readonly offsetUs?: number;
  readonly uncertaintyUs?: number;
  readonly columns: readonly {
    readonly series: SeriesInfo;
    readonly times: number[];
    readonly values: ReadingValue[];
  }[];
}

export const EPOCH = 5_000_000_000_000_003;
/** UTC minus monotonic of the sample frames: an odd number of us. */
export const OFFSET_US = 1_700_000_000_123_457;

/** Series 1, 2, 3 ... of one device. */
export function sampleSeries(
  id: number,
  channel: string,
  type: ChannelType = 'number',
  unit = '',
): SeriesInfo {
  return { id, device: 'greenhouse-7', channel, type, unit };
}

export const TEMPERATURE = sampleSeries(1, 'boiler/temperature', 'number', 'Cel');
export const DOOR = sampleSeries(2, 'door/open', 'boolean');
export const MESSAGE = sampleSeries(3, 'panel/message', 'text');
export const SERIES: readonly SeriesInfo[] = [TEMPERATURE, DOOR, MESSAGE];

export class SampleLog {
  readonly dir: string;
  readonly log: Log;
  readonly expected: ExpectedReading[] = [];

  private constructor(dir: string, log: Log) {
    this.dir = dir;
    this.log = log;
  }

  static async open(dir: string, segmentBytes?: number): Promise<SampleLog> {
    return new SampleLog(dir, await Log.open(dir, segmentBytes === undefined ? {} : { segmentBytes }));
  }

  /** Appends a readings record; `flushed` makes it durable. */
  append(frame: SampleFrame): void {
    const { epoch = EPOCH, seq, offsetUs = OFFSET_US, uncertaintyUs = 1_500, columns } = frame;
    const bytes = encodeFrame({
      type: 'readings',
      epoch,
      seq,
      columns: columns.map(({ times, values }, channel): Column => ({
        channel,
        times,
        values: values as number[],
      })),
    });
    const record = {
      kind: RecordKind.readings,
      device: 1,
      epoch,
      seq,
      receivedUs: 0,
      offsetUs,
      uncertaintyUs,
      clockSource: ClockSource.synced,
      series: columns.map(({ series }) => series.id),
      frame: bytes,
    };
    this.log.append(encodeRecord(record));
    for (const { series, times, values } of columns)
      times.forEach((time, idx) => {
        const { device, channel, type, unit } = series;
        const identity = { epoch, seq, idx };
        const value = values[idx] ?? 0;
        this.expected.push({
          device,
          channel,
          type,
          unit,
          timeUs: time + offsetUs,
          value,
          uncertaintyUs,
          ...identity,
        });
      });
  }

  /** A record that is nobody's reading. */
  appendDevice(): void {
    const bytes = Buffer.from('greenhouse-7');
    const none = {
      offsetUs: 0,
      uncertaintyUs: 0,
      receivedUs: 0,
      clockSource: ClockSource.bounded,
      series: [],
    };
    this.log.append(
      encodeRecord({ kind: RecordKind.device, device: 1, epoch: 0, seq: 0, ...none, frame: bytes }),
    );
  }

  /** Frames of ten temperatures, one door and one message each, one second apart. */
  fill(frames: number, firstSeq = 1): void {
    for (let seq = firstSeq; seq < firstSeq + frames; seq++) {
      const base = seq * 1_000_000;
      const times = Array.from({ length: 10 }, (_, i) => base + i * 1_000);
      this.append({
        seq,
        columns: [
          { series: TEMPERATURE, times, values: times.map((_, i) => (2157 + seq + i) / 100) },
          { series: DOOR, times: [base], values: [seq % 2 === 0] },
          { series: MESSAGE, times: [base + 7], values: [`state ${seq}`] },
        ],
      });
    }
  }

  async flushed(): Promise<number> {
    await this.log.flushed();
    return this.log.durable;
  }

  /** Everything from `cursor` on as batches. */
  async batches(cursor = 0, readings = 1_000, series = SERIES): Promise<SinkBatch[]> {
    const durable = await this.flushed();
    const reader = await LogReader.open(this.dir);
    const source = new BatchReader(reader, new Map(series.map((each) => [each.id, each])), {
      bytes: 65_536,
      readings,
    });
    const batches: SinkBatch[] = [];
    for (let at = cursor; at < durable;) {
      const batch = await source.next(at, durable);
      batches.push(batch);
      at = batch.next;
    }
    await reader.close();
    return batches;
  }

  close(): Promise<void> {
    return this.log.close();
  }
}
