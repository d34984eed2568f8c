/**
 * One record of the hub's log: an envelope of what the hub knew when it took the frames, then the frames as they came.
 * Readings frames that follow one another in their epoch and came together share a record, a run; of the other kinds
 * each has a record of its own.
 *
 *   0  u8  version (2)      1  u8  kind            2  u8  clock source     3  u8  reserved, 0
 *   4  u32 device id        8  u32 sequence of the first frame, one more for each frame that follows
 *  12  f64 epoch id        20  f64 received, UTC us (of a run: its first frame)
 *  28  f64 clock offset us, UTC minus monotonic   36  f64 its uncertainty us
 *  44  the frames, one after the other to the end of the record:
 *        0  u32 length of the frame     4  u16 n, series count     6  u32 * n series ids     6 + 4n  the frame
 *
 * Little-endian. A reader needs the table of series and nothing else: a readings frame comes with the series of each
 * column, a describe frame with the series that each of its channels was given. The epoch is the envelope's: a readings
 * or describe frame may name it by an index, which meant something on its connection alone.
 *
 * Version 1, which is read and no longer written, has one frame: 12 u16 n, 16 f64 epoch id, 24, 32, 40 f64 as above,
 * 48 u32 * n series ids, 48 + 4n the frame.
 */
import { WeirError } from '@weir/runtime';

export const RecordKind = {
  readings: 1,
  describe: 2,
  gap: 3,
  rejected: 4,
  device: 5,
  held: 6,
  missed: 7,
} as const;
export type RecordKind = (typeof RecordKind)[keyof typeof RecordKind];

/** Where a record's clock offset comes from: an exchange with the hub, the device's own clock, or bounds alone. */
export const ClockSource = { synced: 0, device: 1, bounded: 2 } as const;
export type ClockSource = (typeof ClockSource)[keyof typeof ClockSource];
export type ClockSourceName = keyof typeof ClockSource;

const CLOCK_SOURCE_NAMES: readonly ClockSourceName[] = ['synced', 'device', 'bounded'];

/** The name of a code as it stands in records and stores. */
export function clockSourceName(code: number): ClockSourceName {
  return CLOCK_SOURCE_NAMES[code] ?? 'bounded';
}

/** What the hub knew of the frames of a record. */
export interface Envelope {
  readonly kind: RecordKind;
  readonly device: number;
  readonly epoch: number;
  /** Of the first frame. */
  readonly seq: number;
  /** UTC us at which the hub took it. */
  readonly receivedUs: number;
  /** Add to a monotonic time (us) for UTC us. */
  readonly offsetUs: number;
  readonly uncertaintyUs: number;
  readonly clockSource: ClockSource;
}

/** One frame, with the envelope of its record and its own sequence. */
export interface HubRecord extends Envelope {
  readonly series: ArrayLike<number>;
  /** The frame; for `rejected` the encoded reject, for `device` its name in UTF-8, else by ledger-records.ts. */
  readonly frame: Uint8Array;
}

/** By code; a record is told apart without a search. */
const KINDS = byCode(RecordKind);
const CLOCK_SOURCES = byCode(ClockSource);
const VERSION = 2;
const ENVELOPE_BYTES = 44;
const FRAME_HEAD_BYTES = 6;
const VERSION_1 = 1;
const ENVELOPE_1_BYTES = 48;
const NO_BYTES = new Uint8Array(0);
/** Up to here a loop copies faster than a call of `set`. */
const LOOP_COPY_BYTES_MAX = 48;

/** Puts records together, one after the other in the same memory. */
export class RecordWriter {
  #bytes: Uint8Array;
  #view: DataView;
  #length = 0;

  constructor(bytes = 512) {
    this.#bytes = new Uint8Array(bytes);
    this.#view = new DataView(this.#bytes.buffer);
  }

  /** Bytes of the record so far. */
  get length(): number {
    return this.#length;
  }

  /** The record so far: a view, good until the next `begin` or `add`. */
  get bytes(): Uint8Array {
    return this.#bytes.subarray(0, this.#length);
  }

  /** Begins a record; what was there is given up. */
  begin(envelope: Envelope): void {
    const view = this.#view;
    view.setUint8(0, VERSION);
    view.setUint8(1, envelope.kind);
    view.setUint8(2, envelope.clockSource);
    view.setUint32(4, envelope.device, true);
    view.setUint32(8, envelope.seq, true);
    view.setFloat64(12, envelope.epoch, true);
    view.setFloat64(20, envelope.receivedUs, true);
    view.setFloat64(28, envelope.offsetUs, true);
    view.setFloat64(36, envelope.uncertaintyUs, true);
    this.#length = ENVELOPE_BYTES;
  }

  /** Bytes that a frame would add to the record. */
  static frameBytes(series: ArrayLike<number>, frame: Uint8Array): number {
    return FRAME_HEAD_BYTES + 4 * series.length + frame.length;
  }

  /** Adds a frame; returns where it begins in the record. */
  add(series: ArrayLike<number>, frame: Uint8Array): number {
    const start = this.#length;
    this.#makeRoom(start + RecordWriter.frameBytes(series, frame));
    const view = this.#view;
    view.setUint32(start, frame.length, true);
    view.setUint16(start + 4, series.length, true);
    let at = start + FRAME_HEAD_BYTES;
    for (let i = 0; i < series.length; i++, at += 4) view.setUint32(at, series[i] ?? 0, true);
    copy(frame, this.#bytes, at);
    this.#length = at + frame.length;
    return at;
  }

  #makeRoom(bytes: number): void {
    if (bytes <= this.#bytes.length) return;
    const larger = new Uint8Array(2 ** Math.ceil(Math.log2(bytes)));
    larger.set(this.bytes);
    this.#bytes = larger;
    this.#view = new DataView(larger.buffer);
  }
}

function copy(from: Uint8Array, into: Uint8Array, at: number): void {
  if (from.length > LOOP_COPY_BYTES_MAX) {
    into.set(from, at);
    return;
  }
  for (let i = 0; i < from.length; i++) into[at + i] = from[i] ?? 0;
}

/** A record of one frame. */
export function encodeRecord(record: HubRecord): Uint8Array {
  const writer = new RecordWriter(ENVELOPE_BYTES + RecordWriter.frameBytes(record.series, record.frame));
  writer.begin(record);
  writer.add(record.series, record.frame);
  return writer.bytes;
}

/**
 * Walks the frames of records, one record after the other: after each `next`, it is the record of the present frame. `open`
 * and `next` throw `log.bad_record` when the bytes are not one.
 */
export class RecordReader implements HubRecord {
  kind: RecordKind = RecordKind.readings;
  device = 0;
  epoch = 0;
  receivedUs = 0;
  offsetUs = 0;
  uncertaintyUs = 0;
  clockSource: ClockSource = ClockSource.bounded;
  /** The whole record. */
  bytes: Uint8Array = NO_BYTES;
  seq = 0;
  /** Of the present frame; used again for the next. */
  series: number[] = [];
  frame: Uint8Array = NO_BYTES;
  /** Where the present frame begins in `bytes`. */
  frameStart = 0;
  #view: DataView = new DataView(NO_BYTES.buffer);
  /** Of the record in the view, which is of the whole buffer: the records of a batch share one. */
  #base = 0;
  #at = 0;

  constructor(bytes?: Uint8Array) {
    if (bytes !== undefined) this.open(bytes);
  }

  open(bytes: Uint8Array): void {
    if (bytes.buffer !== this.#view.buffer) this.#view = new DataView(bytes.buffer);
    const view = this.#view;
    const version = bytes[0];
    if (bytes.length < ENVELOPE_BYTES)
      throw badRecord(`${bytes.length} bytes, fewer than an envelope's ${ENVELOPE_BYTES}`);
    if (version !== VERSION && version !== VERSION_1)
      throw badRecord(`version ${version}, known are ${VERSION_1} and ${VERSION}`);
    if (version === VERSION_1 && bytes.length < ENVELOPE_1_BYTES)
      throw badRecord(`${bytes.length} bytes, fewer than an envelope's ${ENVELOPE_1_BYTES}`);
    const base = bytes.byteOffset;
    const numbers = base + (version === VERSION ? 12 : 16);
    this.kind = known(KINDS, bytes[1], 'kind');
    this.clockSource = known(CLOCK_SOURCES, bytes[2], 'clock source');
    this.device = view.getUint32(base + 4, true);
    this.seq = view.getUint32(base + 8, true) - 1;
    this.epoch = view.getFloat64(numbers, true);
    this.receivedUs = view.getFloat64(numbers + 8, true);
    this.offsetUs = view.getFloat64(numbers + 16, true);
    this.uncertaintyUs = view.getFloat64(numbers + 24, true);
    this.bytes = bytes;
    this.frame = NO_BYTES;
    this.frameStart = 0;
    this.#base = base;
    this.#at = version === VERSION ? ENVELOPE_BYTES : ENVELOPE_1_BYTES;
  }

  /** Goes on to the next frame; false when there is none. */
  next(): boolean {
    if (this.bytes[0] === VERSION_1) return this.#onlyFrame();
    const at = this.#at;
    if (at === this.bytes.length) return false;
    if (at + FRAME_HEAD_BYTES > this.bytes.length) throw badRecord(`it ends in the head of a frame`);
    const length = this.#view.getUint32(this.#base + at, true);
    this.#enter(at + FRAME_HEAD_BYTES, this.#view.getUint16(this.#base + at + 4, true), length);
    return true;
  }

  #onlyFrame(): boolean {
    if (this.frameStart > 0) return false;
    const count = this.#view.getUint16(this.#base + 12, true);
    this.#enter(this.#at, count, this.bytes.length - this.#at - 4 * count);
    return true;
  }

  /** Enters the frame whose `count` series ids stand at `at`. */
  #enter(at: number, count: number, length: number): void {
    const start = at + 4 * count;
    if (length < 0 || start + length > this.bytes.length)
      throw badRecord(`a frame with ${count} series does not fit in ${this.bytes.length} bytes`);
    if (this.series.length !== count) this.series = Array<number>(count).fill(0);
    for (let i = 0; i < count; i++) this.series[i] = this.#view.getUint32(this.#base + at + 4 * i, true);
    this.frame = this.bytes.subarray(start, start + length);
    this.frameStart = start;
    this.seq++;
    this.#at = start + length;
  }
}

/** Every frame of a record, in order; the frames are views of `bytes`. Throws `log.bad_record`. */
export function decodeRecord(bytes: Uint8Array): HubRecord[] {
  const reader = new RecordReader(bytes);
  const { kind, device, epoch, receivedUs, offsetUs, uncertaintyUs, clockSource } = reader;
  const envelope = { kind, device, epoch, receivedUs, offsetUs, uncertaintyUs, clockSource };
  const records: HubRecord[] = [];
  while (reader.next())
    records.push({ ...envelope, seq: reader.seq, series: reader.series.slice(), frame: reader.frame });
  return records;
}

function known<T extends number>(
  codes: readonly (T | undefined)[],
  code: number | undefined,
  what: string,
): T {
  const found = codes[code ?? -1];
  if (found === undefined) throw badRecord(`unknown ${what} ${code}`);
  return found;
}

function byCode<T extends number>(table: Readonly<Record<string, T>>): readonly (T | undefined)[] {
  const codes: (T | undefined)[] = [];
  for (const code of Object.values(table)) codes[code] = code;
  return codes;
}

function badRecord(detail: string): WeirError {
  return new WeirError('log.bad_record', `not a hub record: ${detail}`);
}
