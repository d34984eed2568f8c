/** An InfluxDB sink on a sample log; all of it goes when the test ends. */
import { Log } from '@weir/log';
import { temporaryFolder } from '@weir/testing';
import { onTestFinished } from 'vitest';
import { InfluxSink } from '../influx/influx-sink.js';
import { influxOptions } from './influx-options.js';
import { SampleLog } from './sample-log.js';

export async function sampleLog(): Promise<SampleLog> {
  const sample = await SampleLog.open(`${await temporaryFolder()}/log`);
  onTestFinished(() => sample.close());
  return sample;
}

export function opened(url: string, dir: string, changes = {}): InfluxSink {
  const sink = new InfluxSink(influxOptions(url, dir, changes));
  onTestFinished(() => sink.close());
  return sink;
}

export async function writeAll(sink: InfluxSink, sample: SampleLog, readings?: number): Promise<void> {
  for (const batch of await sample.batches(await sink.open(), readings)) await sink.write(batch);
}

export interface Quarantined {
  readonly status: number;
  readonly reason: string;
  readonly line: string;
  readonly device: string;
  readonly channel: string;
  readonly seq: number;
  readonly index: number;
}

/** What is in the quarantine of a sink that is closed. */
export async function quarantine(dir: string): Promise<Quarantined[]> {
  const log = await Log.open(`${dir}/quarantine`);
  const { records } = await log.read(0);
  await log.close();
  return records.map(({ data }) => JSON.parse(Buffer.from(data).toString()) as Quarantined);
}
