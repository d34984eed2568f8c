/**
 * The readings frame, `[3, epoch, seq, base, (channel, times, values)*]`: read straight from bytes that `checkItem`
 * let pass, in one way for every purpose (columns-reader.ts). `decodeReadings` gives the columns; `summarizeReadings`
 * makes all the same checks and gives what a hub needs to take the frame in, without its readings.
 *
 * A channel occurs once in a frame, so that (epoch, seq, channel, place in its column) names a reading for good.
 */
import { FrameType } from './codes.js';
import { timesItem } from './column-times.js';
import { ColumnsReader } from './columns-reader.js';
import type { Column, Readings } from './frames.js';
import { checkEpoch, checkSequence } from './header.js';
import { type Item, integerItem } from './item.js';
import { LIMITS, type Limits } from './limits.js';
import { outOfRange, repeatedChannel, tooManyReadings, wrongType } from './protocol-error.js';
import { float64s, valuesItem } from './value-forms.js';

const reader = new ColumnsReader('own');

/** The frame with its readings; the memory is the caller's. */
export function decodeReadings(bytes: Uint8Array, limits: Limits): Readings {
  reader.open(bytes, limits);
  const columns: Column[] = [];
  while (reader.next()) {
    columns.push({ channel: reader.channel, times: reader.times.times, values: reader.values.values });
  }
  return { type: 'readings', epoch: reader.epoch, seq: reader.seq, columns };
}

/** The elements of the frame, each column in its smallest form. */
export function readingsItems({ epoch, seq, columns }: Readings): Item[] {
  const baseUs = earliest(columns);
  const items: Item[] = [
    FrameType.readings,
    integerItem(checkEpoch(epoch, 'epoch')),
    checkSequence(seq, 'seq'),
    integerItem(baseUs),
  ];
  const seen = new Set<number>();
  let previous: Float64Array | null = null;
  let count = 0;
  for (const column of columns) {
    const { channel } = column;
    const times = float64s(column.times, 'times');
    if (!Number.isInteger(channel) || channel < 0 || channel >= LIMITS.channels) {
      throw outOfRange('channel', channel, LIMITS.channels - 1);
    }
    if (seen.has(channel)) throw repeatedChannel(channel);
    seen.add(channel);
    count += times.length;
    if (count > LIMITS.readingsPerFrame) throw tooManyReadings(count, LIMITS.readingsPerFrame);
    items.push(channel, timesItem(times, baseUs, previous), valuesItem(column));
    previous = times;
  }
  return items;
}

function earliest(columns: readonly Column[]): number {
  let base = Infinity;
  for (const { times } of columns) base = Math.min(base, times[0] ?? -1);
  if (base < 0 || base === Infinity)
    throw wrongType('columns', 'at least one reading in each of one or more columns');
  return base;
}
