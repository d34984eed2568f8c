/**
 * Readings as InfluxDB line protocol, one line each:
 *
 *   temperature,channel=boiler/temperature,device=pi,unit=Cel value=21.57,uncertainty_us=1500i,clock_source=0i,
 *     monotonic_us=86400000000i,epoch=1099511627776i 1700000000000000000
 *
 * Measurement: the last segment of the channel's name. Fields: `value` for numbers, `state` for booleans, `text` for
 * texts, so that their types never conflict. Beside it: what the time may be off by and how it was found (0 synced, 1 the
 * device's clock, 2 bounds), and the original: the time by the device's own clock and the run of its software that it
 * counts in. Times are ns: the us as text with three zeros, exact where a number of that
 * size is not. Two readings of one series at one time are one point to InfluxDB; a repeated write changes nothing.
 */
import { escape } from '@influxdata/influxdb-client';
import type { SeriesInfo, SinkColumn } from '../sink.js';

export interface Line {
  readonly text: string;
  readonly column: SinkColumn;
  /** Place in the column. */
  readonly index: number;
}

/** The lines of all columns, those of one series together: a series that the server refuses is then one run of lines. */
export function linesOf(columns: readonly SinkColumn[]): Line[] {
  const sorted = columns.toSorted((a, b) => a.series.id - b.series.id);
  return sorted.flatMap((column) => columnLines(column));
}

function columnLines(column: SinkColumn): Line[] {
  const head = headOf(column.series);
  const clock = `,uncertainty_us=${column.uncertaintyUs}i,clock_source=${column.clockSource}i,monotonic_us=`;
  const epoch = `i,epoch=${column.epoch}i `;
  const lines: Line[] = [];
  for (let index = 0; index < column.monotonicUs.length; index++) {
    const field = fieldOf(column.values[index]);
    const monotonicUs = column.monotonicUs[index] ?? 0;
    lines.push({
      text: `${head}${field}${clock}${monotonicUs}${epoch}${nanoseconds(monotonicUs + column.offsetUs)}`,
      column,
      index,
    });
  }
  return lines;
}

/** Measurement and tags; tags in the order of their keys, which spares the server the sorting. */
function headOf({ channel, device, unit }: SeriesInfo): string {
  const measurement = escape.measurement(channel.slice(channel.lastIndexOf('/') + 1));
  const unitTag = unit === '' ? '' : `,unit=${escape.tag(unit)}`;
  return `${measurement},channel=${escape.tag(channel)},device=${escape.tag(device)}${unitTag} `;
}

function fieldOf(value: number | boolean | string | undefined): string {
  if (typeof value === 'number') return `value=${value}`;
  if (typeof value === 'boolean') return `state=${value}`;
  return `text=${escape.quoted(value ?? '')}`;
}

function nanoseconds(us: number): string {
  return us === 0 ? '0' : `${us}000`;
}
