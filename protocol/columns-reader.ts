import { type Room, TimesReader } from './column-times.js';
import { ValuesReader } from './column-values.js';
import type { EpochRef } from './frames.js';
import { checkEpoch, checkSequence } from './header.js';
import { ItemReader } from './item-reader.js';
import type { Limits } from './limits.js';
import { ProtocolError, repeatedChannel, tooManyReadings, wrongType } from './protocol-error.js';

/** Elements of the frame before its columns, and of each column. */
const HEAD_ELEMENTS = 4;
const COLUMN_ELEMENTS = 3;

/** Walks the columns of one readings frame; after each `next`, its parts are those of the present column. */
export class ColumnsReader {
  readonly epoch: EpochRef;
  readonly seq: number;
  readonly times: TimesReader;
  readonly values: ValuesReader;
  channel = 0;
  /** Readings in the columns so far. */
  count = 0;
  private left: number;
  private readonly reader: ItemReader;
  private readonly limits: Limits;
  private readonly frame = ++framesRead;

  /**
   * `bytes` must have passed `checkItem`. With `keeps`, each column gets memory of its own; without, all columns
   * of all frames share the same, and texts are checked but not decoded.
   */
  constructor(bytes: Uint8Array, limits: Limits, keeps: boolean) {
    const reader = new ItemReader(bytes);
    const elements = reader.array('frame');
    reader.uint('type');
    if (elements < HEAD_ELEMENTS + COLUMN_ELEMENTS || (elements - HEAD_ELEMENTS) % COLUMN_ELEMENTS !== 0) {
      throw wrongType('columns', 'channel, times and values of each of one or more columns');
    }
    this.reader = reader;
    this.limits = limits;
    this.left = (elements - HEAD_ELEMENTS) / COLUMN_ELEMENTS;
    this.epoch = checkEpoch(reader.uint('epoch'), 'epoch');
    this.seq = checkSequence(reader.uint('seq'), 'seq');
    const baseUs = reader.uint('base');
    this.times = new TimesReader(reader, baseUs, keeps ? ownRoom : sharedTimes, this);
    this.values = new ValuesReader(reader, keeps ? ownRoom : sharedValues, keeps);
  }

  /** Reads the next column; false when there is none. */
  next(): boolean {
    if (this.left === 0) return false;
    this.left--;
    this.channel = this.reader.uint('channel', this.limits.channels - 1);
    if (marks.get(this.channel) === this.frame) throw repeatedChannel(this.channel);
    marks.set(this.channel, this.frame);
    try {
      this.times.next();
      this.values.next(this.times.count);
    } catch (error) {
      throw error instanceof ProtocolError ? error.within(`channel ${this.channel}`) : error;
    }
    return true;
  }

  /** Counts readings before there is room made for them. */
  spend(readings: number): void {
    this.count += readings;
    if (this.count > this.limits.readingsPerFrame)
      throw tooManyReadings(this.count, this.limits.readingsPerFrame);
  }
}

/** For each channel, the frame that had it last: tells a repeated channel without a set for each frame. */
const marks = new Map<number, number>();
let framesRead = 0;

const ownRoom: Room = (length) => new Float64Array(length);
const sharedTimes = sharedRoom();
const sharedValues = sharedRoom();

function sharedRoom(): Room {
  let room = new Float64Array(256);
  return (length) => {
    if (length > room.length) room = new Float64Array(length);
    return room;
  };
}
