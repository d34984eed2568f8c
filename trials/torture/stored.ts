/** What the embedded store holds of the tortured devices, read from its file by DuckDB alone. */
import { DuckDBInstance } from '@duckdb/node-api';
import { SOURCE } from './agent-settings.js';

export interface StoredReading {
  readonly device: string;
  /** The value as text. */
  readonly key: string;
  readonly epoch: number;
  readonly seq: number;
  readonly monotonicUs: number;
  readonly timeUs: number;
  readonly uncertaintyUs: number;
}

const QUERY = `
  SELECT device, value, text, epoch, seq, monotonic_us, epoch_us(time), uncertainty_us
  FROM readings JOIN series ON series.id = readings.series
  WHERE channel IN ('${SOURCE}/number', '${SOURCE}/text')`;

/** Every row. The hub must not have the file open. */
export async function readStore(file: string): Promise<StoredReading[]> {
  const instance = await DuckDBInstance.create(file, { access_mode: 'READ_ONLY' });
  const connection = await instance.connect();
  try {
    const rows = (await connection.runAndReadAll(QUERY)).getRows();
    return rows.map(([device, value, text, epoch, seq, monotonicUs, timeUs, uncertaintyUs]) => ({
      device: String(device),
      key: String(value ?? text),
      epoch: Number(epoch),
      seq: Number(seq),
      monotonicUs: Number(monotonicUs),
      timeUs: Number(timeUs),
      uncertaintyUs: Number(uncertaintyUs),
    }));
  } finally {
    connection.closeSync();
    instance.closeSync();
  }
}
