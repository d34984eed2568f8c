import type { Channel, ChannelType, ReadingValue } from '../api/types.js';
import { decimalsOf } from './format.js';
import { Labels } from './labels.js';
import { SeriesBuffer } from './series-buffer.js';

/** A reading that arrives longer than this after it was taken is marked as late, ms. */
export const LATE_AFTER_MS = 10_000;

interface Points {
  readonly timesUs: readonly number[];
  readonly values: readonly ReadingValue[];
}

/** One channel with its readings; texts and booleans are held as numbers (`labels`, 0 and 1). */
export class ChannelSeries {
  readonly name: string;
  readonly type: ChannelType;
  readonly unit: string;
  intervalMs: number | null;
  /** Before `untilUs` the buffer may hold lows and highs of steps up to this long, not every reading. */
  coarse: { readonly untilUs: number; readonly stepMs: number } | null = null;
  readonly buffer = new SeriesBuffer();
  readonly labels = new Labels();
  /** Most decimals seen, so that the digits of a value stay in place. */
  decimals = 0;
  /** Readings that came late since the page is open. */
  lateCount = 0;
  #lastUs = -Infinity;
  #last: ReadingValue | null = null;

  constructor(channel: Channel) {
    this.name = channel.channel;
    this.type = channel.type;
    this.unit = channel.unit;
    this.intervalMs = channel.intervalMs;
    if (channel.last !== null) this.take([channel.last.timeUs], [channel.last.value], null);
  }

  /** The latest reading by the time at which it was taken, whatever came last. */
  get last(): { readonly timeUs: number; readonly value: ReadingValue } | null {
    return this.#last === null ? null : { timeUs: this.#lastUs, value: this.#last };
  }

  /** Takes readings; those older than `LATE_AFTER_MS` at `nowMs` (UTC) count as late. Null for history: none does. */
  take(timesUs: readonly number[], values: readonly ReadingValue[], nowMs: number | null): void {
    const lateBeforeUs = nowMs === null ? -Infinity : (nowMs - LATE_AFTER_MS) * 1_000;
    for (const [index, timeUs] of timesUs.entries()) {
      const value = values[index];
      const point = value === undefined ? null : this.#point(value);
      if (value === undefined || point === null) continue;
      const late = timeUs < lateBeforeUs;
      const placement = this.buffer.put(timeUs, point, late);
      if (late && (placement === 'appended' || placement === 'inserted')) this.lateCount++;
      if (timeUs >= this.#lastUs) [this.#lastUs, this.#last] = [timeUs, value];
    }
  }

  /**
   * Takes the lows and highs of steps. They fill the picture but are no readings of their own: `last` stays. The low is
   * put where its step begins, the high in the middle.
   */
  takeExtremes(lows: Points, highs: Points, stepMs: number, untilUs: number): void {
    const shiftUs = Math.round(stepMs * 500);
    for (const [points, offsetUs] of [[lows, 0] as const, [highs, shiftUs] as const])
      for (const [index, timeUs] of points.timesUs.entries()) {
        const value = points.values[index];
        if (typeof value === 'number' && timeUs + offsetUs < untilUs)
          this.buffer.put(timeUs + offsetUs, value);
      }
    this.coarse = {
      untilUs: Math.max(untilUs, this.coarse?.untilUs ?? -Infinity),
      stepMs: Math.max(stepMs, this.coarse?.stepMs ?? 0),
    };
  }

  #point(value: ReadingValue): number | null {
    if (this.type === 'number') {
      if (typeof value !== 'number') return null;
      if (this.decimals < 4) this.decimals = Math.max(this.decimals, decimalsOf(value));
      return value;
    }
    if (this.type === 'boolean') return typeof value === 'boolean' ? Number(value) : null;
    return typeof value === 'string' ? this.labels.idOf(value) : null;
  }
}
