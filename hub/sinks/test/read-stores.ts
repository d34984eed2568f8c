/** What DuckDB, InfluxDB 1.x and VictoriaMetrics hold, read back by their own interfaces. */
import { DuckDBInstance } from '@duckdb/node-api';
import type { StoredReading } from './sink-contract.js';

interface InfluxSeries {
  readonly name: string;
  readonly tags: Readonly<Record<string, string>>;
  readonly columns: readonly string[];
  readonly values: readonly (readonly (number | string | boolean | null)[])[];
}

/** Runs InfluxQL and returns its series. */
export async function influxql(url: string, query: string, db = 'weir'): Promise<InfluxSeries[]> {
  const answer = await fetch(`${url}/query?${new URLSearchParams({ db, q: query }).toString()}`, {
    method: 'POST',
  });
  const body = (await answer.json()) as {
    results: { series?: InfluxSeries[]; error?: string }[];
    error?: string;
  };
  const [result] = body.results;
  const error = body.error ?? result?.error;
  if (error !== undefined) throw new Error(`${query}: ${error}`);
  return result?.series ?? [];
}

/** Every point; times come as RFC 3339 with ns, since JSON numbers of that size are not exact. */
export async function readInflux1(url: string): Promise<StoredReading[]> {
  const series = await influxql(url, 'SELECT * FROM /.*/ GROUP BY *');
  return series.flatMap(({ tags, columns, values }) =>
    values.map((row) => {
      const get = (column: string): number | string | boolean | null => row[columns.indexOf(column)] ?? null;
      const value = get('value') ?? get('state') ?? get('text');
      return {
        device: tags.device ?? '',
        channel: tags.channel ?? '',
        unit: tags.unit ?? '',
        type: typeof value === 'string' ? 'text' : (typeof value as 'number' | 'boolean'),
        timeUs: microseconds(String(get('time'))),
        value: value ?? Number.NaN,
        uncertaintyUs: Number(get('uncertainty_us')),
      };
    }),
  );
}

/** `2023-11-14T22:13:20.123456Z` as integer us. */
function microseconds(time: string): number {
  const [, whole = '', fraction = ''] = /^(.*?)(?:\.(\d+))?Z$/.exec(time) ?? [];
  const ns = fraction.padEnd(9, '0');
  if (!ns.endsWith('000')) throw new Error(`${time} is not whole microseconds`);
  return Date.parse(`${whole}Z`) * 1_000 + Number(ns.slice(0, 6));
}

/** Every sample of the metric `*_value` and `*_state`, whose times are ms. */
export async function readVictoriaMetrics(url: string): Promise<StoredReading[]> {
  await fetch(`${url}/internal/force_flush`);
  const query = new URLSearchParams({ 'match[]': '{__name__=~".*_(value|state)"}', start: '0' });
  const answer = await fetch(`${url}/api/v1/export?${query.toString()}`);
  const lines = (await answer.text()).split('\n').filter((line) => line !== '');
  return lines.flatMap((line) => {
    const { metric, values, timestamps } = JSON.parse(line) as {
      metric: Record<string, string>;
      values: number[];
      timestamps: number[];
    };
    const { device = '', channel = '', unit = '' } = metric;
    return values.map((value, i) => ({ device, channel, unit, timeUs: (timestamps[i] ?? 0) * 1_000, value }));
  });
}

/** Every row of the embedded store, which nobody has open. */
export async function readDuckDb(file: string): Promise<StoredReading[]> {
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
