/** History as it should be, computed from a list in memory. */
import type { ReadingValue } from '@weir/protocol';
import type { ExpectedReading } from '../../sinks/test/sample-log.js';
import type { Aggregate, ReadingsQuery } from '../history.js';

export interface Row {
  readonly timeUs: number;
  readonly value: ReadingValue;
  readonly uncertaintyUs: number;
}

/** All rows that all pages of a query show together. */
export function referenceRows(readings: readonly ExpectedReading[], query: ReadingsQuery): Row[] {
  const { fromUs = -Infinity, toUs = Infinity, stepUs, order = 'asc' } = query;
  const chosen = readings
    .filter(({ device, channel }) => device === query.device && channel === query.channel)
    .filter(({ timeUs }) => timeUs >= fromUs && timeUs < toUs)
    .sort((a, b) => a.timeUs - b.timeUs || a.epoch - b.epoch || a.seq - b.seq || a.idx - b.idx);
  const rows = stepUs === undefined ? chosen : intervals(chosen, stepUs, query.aggregate);
  return (order === 'asc' ? rows : rows.toReversed()).map(({ timeUs, value, uncertaintyUs }) => {
    return { timeUs, value, uncertaintyUs };
  });
}

function intervals(
  readings: readonly ExpectedReading[],
  stepUs: number,
  aggregate: Aggregate | undefined,
): Row[] {
  const groups = new Map<number, ExpectedReading[]>();
  for (const reading of readings) {
    const start = Math.floor(reading.timeUs / stepUs) * stepUs;
    groups.set(start, [...(groups.get(start) ?? []), reading]);
  }
  return [...groups].map(([timeUs, group]) => ({
    timeUs,
    value: aggregated(
      group.map(({ value }) => value),
      aggregate,
    ),
    uncertaintyUs: Math.max(...group.map(({ uncertaintyUs }) => uncertaintyUs)),
  }));
}

function aggregated(values: readonly ReadingValue[], aggregate: Aggregate | undefined): ReadingValue {
  const isText = typeof values[0] === 'string';
  const numbers = values.map(Number);
  const sum = numbers.reduce((a, b) => a + b, 0);
  switch (aggregate ?? (isText ? 'last' : 'mean')) {
    case 'first':
      return values[0] ?? '';
    case 'last':
      return values.at(-1) ?? '';
    case 'count':
      return values.length;
    case 'sum':
      return sum;
    case 'mean':
      return sum / values.length;
    case 'min':
      return typeof values[0] === 'boolean' ? !values.includes(false) : Math.min(...numbers);
    case 'max':
      return typeof values[0] === 'boolean' ? values.includes(true) : Math.max(...numbers);
  }
}
