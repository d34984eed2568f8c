import { checkItem } from './check.js';
import { FrameType } from './codes.js';
import { type Room, TimesReader } from './column-times.js';
import { ValuesReader } from './column-values.js';
import type { EpochRef } from './frames.js';
import { checkEpoch, checkSequence } from './header.js';
import { ItemReader } from './item-reader.js';
import { LIMITS, type Limits } from './limits.js';
import { ProtocolError, repeatedChannel, tooManyReadings, wrongType } from './protocol-error.js';

/** Elements of the frame before its columns, and of each column. */
const HEAD_ELEMENTS = 4;
const COLUMN_ELEMENTS = 3;

/**
 * What becomes of the readings. own: each column gets memory of its own. shared: it is used again for the next one.
 * none: so too, and texts and booleans are checked but not made.
 */
export type ColumnMemory = 'own' | 'shared' | 'none';

/**
 * Walks the columns of readings frames, one frame after the other: after each `next`, its parts are those of the present
 * column. A frame costs no object, so that the smallest frames cost little more than their bytes.
 */
export class ColumnsReader {
  epoch: EpochRef = 0;
  seq = 0;
  readonly times: TimesReader;
  readonly values: ValuesReader;
  channel = 0;
  /** Readings in the columns so far. */
  count = 0;
  private left = 0;
  private limits: Limits = LIMITS;
  private readonly reader = new ItemReader(new Uint8Array(0));
  /** For each channel, the frame that had it last: tells a repeated channel without a set for each frame. */
  private readonly marks = new Float64Array(LIMITS.channels);
  private frame = 0;

  constructor(memory: ColumnMemory) {
    this.times = new TimesReader(this.reader, roomOf(memory), this);
    this.values = new ValuesReader(this.reader, roomOf(memory), memory !== 'none');
  }

  /** Begins a readings frame of which nothing is known yet. Throws ProtocolError where the bytes are none. */
  begin(bytes: Uint8Array, limits: Limits = LIMITS): void {
    checkItem(bytes, limits);
    this.open(bytes, limits);
  }

  /** The same for bytes that have passed `checkItem`. */
  open(bytes: Uint8Array, limits: Limits): void {
    const { reader } = this;
    reader.open(bytes);
    const elements = reader.array('frame');
    if (reader.uint('type') !== FrameType.readings) throw wrongType('type', 'a readings frame');
    if (elements < HEAD_ELEMENTS + COLUMN_ELEMENTS || (elements - HEAD_ELEMENTS) % COLUMN_ELEMENTS !== 0) {
      throw wrongType('columns', 'channel, times and values of each of one or more columns');
    }
    this.limits = limits;
    this.left = (elements - HEAD_ELEMENTS) / COLUMN_ELEMENTS;
    this.count = 0;
    this.frame++;
    this.epoch = checkEpoch(reader.uint('epoch'), 'epoch');
    this.seq = checkSequence(reader.uint('seq'), 'seq');
    this.times.open(reader.uint('base'));
  }

  /** Reads the next column; false when there is none. */
  next(): boolean {
    if (this.left === 0) return false;
    this.left--;
    this.channel = this.reader.uint('channel', Math.min(this.limits.channels, LIMITS.channels) - 1);
    if (this.marks[this.channel] === this.frame) throw repeatedChannel(this.channel);
    this.marks[this.channel] = this.frame;
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

function roomOf(memory: ColumnMemory): Room {
  if (memory === 'own') return (length) => new Float64Array(length);
  let room = new Float64Array(256);
  return (length) => {
    if (length > room.length) room = new Float64Array(length);
    return room;
  };
}
