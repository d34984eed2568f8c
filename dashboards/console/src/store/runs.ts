import { lowerBound, type SeriesBuffer } from './series-buffer.js';

/** A stretch of time in which a state channel kept one value. Times in UTC us. */
export interface Run {
  readonly fromUs: number;
  /** When the next value began; `untilUs` of the query for the last. */
  readonly toUs: number;
  readonly value: number;
}

/**
 * The states shown between two times, oldest first. A state holds until the next reading. The first run begins at the
 * first reading held or at `fromUs`, whichever is later.
 */
export function runsBetween(buffer: SeriesBuffer, fromUs: number, untilUs: number): Run[] {
  const { times, values } = buffer;
  const runs: Run[] = [];
  let index = Math.max(0, lowerBound(times, fromUs) - 1);
  while (index < times.length) {
    const value = values[index] ?? NaN;
    const startUs = Math.max(times[index] ?? 0, fromUs);
    if (startUs >= untilUs) break;
    index++;
    while (index < times.length && values[index] === value) index++;
    runs.push({ fromUs: startUs, toUs: Math.min(times[index] ?? untilUs, untilUs), value });
  }
  return runs;
}
