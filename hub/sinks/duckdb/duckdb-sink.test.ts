import { DuckDBInstance } from '@duckdb/node-api';
import { describeSink, type StoredReading } from '../test/sink-contract.js';
import { duckdbOptions } from '../test/duckdb-options.js';
import { DuckDbSink } from './duckdb-sink.js';

let path = '';

describeSink('DuckDB', {
  make(folder) {
    path = `${folder}/readings.duckdb`;
    return Promise.resolve(new DuckDbSink(duckdbOptions(path)));
  },
  keeps: (reading) => reading,
  read: () => readStore(path),
});

async function readStore(file: string): Promise<StoredReading[]> {
  const instance = await DuckDBInstance.create(file);
  const connection = await instance.connect();
  const reader = await connection.runAndReadAll(
    `SELECT device, channel, type, unit, epoch_us(time), coalesce(to_json(value), to_json(flag), to_json(text))::VARCHAR,
      uncertainty_us, epoch, seq, idx, num_nonnull
      FROM (SELECT *, (value IS NOT NULL)::INT + (flag IS NOT NULL)::INT + (text IS NOT NULL)::INT AS num_nonnull FROM readings)
      JOIN series ON series.id = series`,
  );
  const rows = reader.getRows();
  connection.closeSync();
  instance.closeSync();
  return rows.map(([device, channel, type, unit, time, value, uncertainty, epoch, seq, idx, set]) => {
    if (set !== 1) throw new Error(`${String(set)} of value, flag, text are set`);
    return {
      device: String(device),
      channel: String(channel),
      type: String(type) as 'number',
      unit: String(unit),
      timeUs: Number(time),
      value: JSON.parse(String(value)) as number,
      uncertaintyUs: Number(uncertainty),
      epoch: Number(epoch),
      seq: Number(seq),
      idx: Number(idx),
    };
  });
}
