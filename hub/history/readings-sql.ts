/** A checked query as SQL with named parameters. Nothing of a query ever stands in the text. */
import { BIGINT, UINTEGER, type DuckDBType } from '@duckdb/node-api';
import type { ChannelType } from '@weir/protocol';
import { badQuery, type CheckedQuery } from './check-query.js';
import type { Aggregate } from './history.js';

export interface Sql {
  readonly text: string;
  readonly values: Record<string, bigint | number>;
  readonly types: Record<string, DuckDBType>;
}

const COLUMN = { number: 'value', boolean: 'flag', text: 'text' } as const;
const KEY = ['time', 'epoch', 'seq', 'idx'];

/**
 * Rows (time_us, value, uncertainty_us), without a step also (epoch, seq, idx) and, where asked for, (monotonic_us,
 * clock_source); one more than the limit, so that it shows whether there is another page.
 */
export function readingsSql(
  query: CheckedQuery,
  series: { readonly id: number; readonly type: ChannelType },
): Sql {
  const parameters = new Parameters();
  const where = conditions(query, series.id, parameters).join(' AND ');
  const limit = parameters.add('limit', query.limit + 1, BIGINT);
  const order = (columns: readonly string[]): string =>
    columns.map((column) => `${column} ${query.order === 'asc' ? 'ASC' : 'DESC'}`).join(', ');
  if (query.step === null) {
    const original = query.original ? ', monotonic_us, clock_source' : '';
    const text =
      `SELECT epoch_us(time), ${COLUMN[series.type]}, uncertainty_us, epoch, seq, idx${original} FROM readings ` +
      `WHERE ${where} ORDER BY ${order(KEY)} LIMIT ${limit}`;
    return { text, values: parameters.values, types: parameters.types };
  }
  const step = parameters.add('step', query.step.us, BIGINT);
  const text =
    `SELECT epoch_us(time_bucket(to_microseconds(${step}), time, TIMESTAMP '1970-01-01')) AS start, ` +
    `${aggregateSql(query.step.aggregate, series.type)}, max(uncertainty_us) FROM readings ` +
    `WHERE ${where} GROUP BY start ORDER BY ${order(['start'])} LIMIT ${limit}`;
  return { text, values: parameters.values, types: parameters.types };
}

class Parameters {
  readonly values: Record<string, bigint | number> = {};
  readonly types: Record<string, DuckDBType> = {};

  add(name: string, value: number, type: DuckDBType): string {
    this.values[name] = type === BIGINT ? BigInt(value) : value;
    this.types[name] = type;
    return `$${name}`;
  }
}

function conditions(query: CheckedQuery, series: number, parameters: Parameters): string[] {
  const { fromUs, toUs } = bounds(query);
  const list = [`series = ${parameters.add('series', series, UINTEGER)}`];
  if (fromUs !== null) list.push(`time >= make_timestamp(${parameters.add('from', fromUs, BIGINT)})`);
  if (toUs !== null) list.push(`time < make_timestamp(${parameters.add('to', toUs, BIGINT)})`);
  const { after } = query;
  if (after?.kind !== 'reading') return list;
  const time = `make_timestamp(${parameters.add('after_time', after.timeUs, BIGINT)})`;
  const key = [
    time,
    parameters.add('after_epoch', after.epoch, BIGINT),
    parameters.add('after_seq', after.seq, UINTEGER),
    parameters.add('after_idx', after.idx, UINTEGER),
  ];
  const beyond = query.order === 'asc' ? '>' : '<';
  // The first says nothing new, but lets DuckDB leave out parts of the table by their range of times.
  list.push(`time ${beyond}= ${time}`, `(${KEY.join(', ')}) ${beyond} (${key.join(', ')})`);
  return list;
}

/** A page of intervals begins where the one before ended. */
function bounds({ fromUs, toUs, step, order, after }: CheckedQuery): {
  fromUs: number | null;
  toUs: number | null;
} {
  if (step === null || after === null) return { fromUs, toUs };
  if (order === 'desc') return { fromUs, toUs: Math.min(toUs ?? Infinity, after.timeUs) };
  const next = Math.min(after.timeUs + step.us, Number.MAX_SAFE_INTEGER);
  return { fromUs: Math.max(fromUs ?? -Infinity, next), toUs };
}

function aggregateSql(aggregate: Aggregate | null, type: ChannelType): string {
  const column = COLUMN[type];
  const known: Partial<Record<Aggregate, string>> = {
    first: `first(${column} ORDER BY ${KEY.join(', ')})`,
    last: `last(${column} ORDER BY ${KEY.join(', ')})`,
    count: 'count(*)',
  };
  if (type === 'number')
    Object.assign(known, { mean: 'avg(value)', min: 'min(value)', max: 'max(value)', sum: 'sum(value)' });
  if (type === 'boolean')
    Object.assign(known, {
      mean: 'avg(flag::DOUBLE)',
      min: 'bool_and(flag)',
      max: 'bool_or(flag)',
      sum: 'sum(flag::DOUBLE)',
    });
  const sql = known[aggregate ?? (type === 'text' ? 'last' : 'mean')];
  if (sql === undefined)
    throw badQuery('aggregate', `one for ${type}: ${Object.keys(known).join(', ')}`, aggregate);
  return sql;
}
