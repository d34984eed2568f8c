/**
 * The times of one column, as offsets from the frame's base:
 *
 *   t               one reading at base + t
 *   [t0, d1, d2..]  n >= 2 readings: first offset, first difference, then second differences
 *   null            the times of the column before
 *
 * Second differences of a steady sensor are its jitter, which fits one to three bytes. Times never decrease within
 * a column and stay below 2^53.
 */
import type { ItemReader } from './item-reader.js';
import { Major } from './item-reader.js';
import { type Item, integerItem } from './item.js';
import { outOfRange, wrongType } from './protocol-error.js';

const NONE = new Float64Array(0);
const TIME_MAX = Number.MAX_SAFE_INTEGER;

/** Gives room for `length` numbers: a new array, or a longer one used again by whoever only looks. */
export type Room = (length: number) => Float64Array;

/** Told of each column's readings before there is room made for them; throws when a frame holds too many. */
export interface ReadingsBudget {
  spend(readings: number): void;
}

/** Reads the times of one column after the other. */
export class TimesReader {
  /** Times of the present column, monotonic us: the first `count` of the array. */
  times: Float64Array = NONE;
  count = 0;
  private readonly reader: ItemReader;
  private readonly budget: ReadingsBudget;
  private readonly room: Room;
  private baseUs = 0;

  constructor(reader: ItemReader, room: Room, budget: ReadingsBudget) {
    this.reader = reader;
    this.room = room;
    this.budget = budget;
  }

  /** Begins with the first column of a frame. */
  open(baseUs: number): void {
    this.baseUs = baseUs;
    this.count = 0;
  }

  next(): void {
    if (this.reader.passNull()) this.repeat();
    else if (this.reader.nextMajor() === Major.array) this.list();
    else {
      this.begin(1);
      this.times[0] = advance(this.baseUs, this.reader.uint('times'));
    }
  }

  private repeat(): void {
    if (this.count === 0) throw wrongType('times', 'times of its own in the first column');
    this.budget.spend(this.count);
  }

  private list(): void {
    const { reader } = this;
    const count = reader.array('times');
    if (count < 2) throw wrongType('times', 'two or more in a list');
    this.begin(count);
    const { times } = this;
    let time = advance(this.baseUs, reader.uint('times'));
    let step = 0;
    times[0] = time;
    for (let i = 1; i < count; i++) {
      step += reader.integer('times');
      time = advance(time, step);
      times[i] = time;
    }
  }

  private begin(count: number): void {
    this.budget.spend(count);
    this.count = count;
    this.times = this.room(count);
  }
}

function advance(time: number, step: number): number {
  const next = time + step;
  if (step < 0) throw outOfRange('times', next, time);
  if (next > TIME_MAX) throw outOfRange('times', next, TIME_MAX);
  return next;
}

/** The wire form of a column's times, the shortest there is. Throws for times that no frame can hold. */
export function timesItem(times: Float64Array, baseUs: number, previous: Float64Array | null): Item {
  checkTimes(times);
  if (previous !== null && equal(times, previous)) return null;
  const first = integerItem((times[0] ?? 0) - baseUs);
  if (times.length === 1) return first;
  const items: Item[] = [first];
  let step = 0;
  for (let i = 1; i < times.length; i++) {
    const next = (times[i] ?? 0) - (times[i - 1] ?? 0);
    items.push(integerItem(next - step));
    step = next;
  }
  return items;
}

function checkTimes(times: Float64Array): void {
  let before = 0;
  for (const time of times) {
    if (!Number.isSafeInteger(time)) throw wrongType('times', 'integers');
    if (time < before) throw outOfRange('times', time, before);
    before = time;
  }
}

function equal(a: Float64Array, b: Float64Array): boolean {
  return a.length === b.length && a.every((time, i) => time === b[i]);
}
