/**
 * What a chart draws of a dense series: for each stretch of time as wide as one pixel its lowest and its highest
 * reading, so that a spike is never averaged away and the cost of drawing follows the width, not the rate.
 *
 *   readings   . .: .. : ':. ..: .'  .:            n
 *   stretches |     |     |     |     |  open |    lie at multiples of `stretchUs` since 1970, whatever the window,
 *   drawn      lo hi lo hi lo hi lo hi  lo hi      so that nothing flickers as time moves on
 *
 * Invariants: closed stretches are not looked at again unless the buffer's `revision` moved (a late reading) or the
 * window grew, so a frame costs the readings of the open stretch. Points keep the times of real readings.
 */
import { lowerBound, type SeriesBuffer } from './series-buffer.js';

/** Points as a chart takes them: milliseconds UTC (fractions are microseconds) and values. Valid until the next call. */
export interface ChartPoints {
  readonly timesMs: Float64Array;
  readonly values: Float64Array;
}

/** Points left of the window that are kept before they are swept out. */
const SWEEP_AT = 2_048;

export class Envelope {
  #timesMs = new Float64Array(SWEEP_AT);
  #values = new Float64Array(SWEEP_AT);
  #end = 0;
  /** Where the open stretch begins: in the points, and in time. */
  #closed = 0;
  #closedThroughUs = 0;
  #fromUs = 0;
  #stretchUs = 0;
  #revision = -1;
  #version = -1;

  /** The points from `fromUs` (and one before it, so that the line enters from the left) to the newest. */
  points(buffer: SeriesBuffer, fromUs: number, stretchUs: number): ChartPoints {
    const startUs = timeAtOrBefore(buffer.times, fromUs);
    const goesOn =
      buffer.revision === this.#revision && stretchUs === this.#stretchUs && startUs >= this.#fromUs;
    if (!goesOn) this.#restart(buffer.revision, startUs, stretchUs);
    if (!goesOn || buffer.version !== this.#version) this.#extend(buffer);
    this.#version = buffer.version;
    let first = Math.max(0, lowerBound(this.#timesMs.subarray(0, this.#end), fromUs / 1_000) - 1);
    if (first > SWEEP_AT) first = this.#sweep(first, startUs);
    return {
      timesMs: this.#timesMs.subarray(first, this.#end),
      values: this.#values.subarray(first, this.#end),
    };
  }

  #restart(revision: number, startUs: number, stretchUs: number): void {
    this.#revision = revision;
    this.#stretchUs = stretchUs;
    this.#fromUs = startUs;
    this.#end = 0;
    this.#closed = 0;
    this.#closedThroughUs = startUs;
  }

  /** Draws the open stretch anew and adds those after it. */
  #extend(buffer: SeriesBuffer): void {
    const { times, values } = buffer;
    this.#end = this.#closed;
    let index = lowerBound(times, this.#closedThroughUs);
    while (index < times.length) {
      const stretch = Math.floor((times[index] ?? 0) / this.#stretchUs);
      this.#closed = this.#end;
      this.#closedThroughUs = times[index] ?? 0;
      index = this.#drawStretch(times, values, index, (stretch + 1) * this.#stretchUs);
    }
  }

  /** Adds the extremes of the readings from `first` to before `endUs`; returns the index after them. */
  #drawStretch(times: Float64Array, values: Float64Array, first: number, endUs: number): number {
    let low = first;
    let high = first;
    let index = first + 1;
    for (; index < times.length && (times[index] ?? endUs) < endUs; index++) {
      const value = values[index] ?? NaN;
      if (value < (values[low] ?? NaN)) low = index;
      if (value > (values[high] ?? NaN)) high = index;
    }
    this.#add(times, values, Math.min(low, high));
    if (low !== high) this.#add(times, values, Math.max(low, high));
    return index;
  }

  #add(times: Float64Array, values: Float64Array, index: number): void {
    if (this.#end === this.#timesMs.length) {
      this.#timesMs = doubled(this.#timesMs);
      this.#values = doubled(this.#values);
    }
    this.#timesMs[this.#end] = (times[index] ?? 0) / 1_000;
    this.#values[this.#end] = values[index] ?? NaN;
    this.#end++;
  }

  /** Forgets the points before `first`; they have left the window for good. Returns the new first. */
  #sweep(first: number, startUs: number): number {
    this.#timesMs.copyWithin(0, first, this.#end);
    this.#values.copyWithin(0, first, this.#end);
    this.#end -= first;
    this.#closed -= first;
    this.#fromUs = startUs;
    return 0;
  }
}

function timeAtOrBefore(times: Float64Array, timeUs: number): number {
  return times[Math.max(0, lowerBound(times, timeUs) - 1)] ?? timeUs;
}

function doubled(from: Float64Array): Float64Array<ArrayBuffer> {
  const to = new Float64Array(from.length * 2);
  to.set(from);
  return to;
}
