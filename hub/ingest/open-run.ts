/**
 * The run of readings frames that is being gathered: of one epoch, one after the other, by one clock offset.
 *
 * A hub takes hundreds of thousands of frames a second, and what a record, a table and an acknowledgement cost, they
 * cost for each run. It ends with the burst that its frames came in, or sooner, when the record is long enough.
 */
import type { ReadingsSummary } from '@weir/protocol';
import type { DeviceEntry } from '../registry/device.js';
import type { ClockOffset, EpochEntry } from '../registry/epoch.js';
import { ReadingsRun } from '../registry/readings-run.js';
import { RecordKind, RecordWriter, type Envelope } from './record.js';

/** A run is over when it has so many readings: readers take whole records. */
const READINGS_MAX = 1_000;
/** And when its record has so many bytes. A longer frame is a run by itself. */
const BYTES_MAX = 64 * 1024;

export class OpenRun {
  readonly readings = new ReadingsRun();
  readonly #writer = new RecordWriter(BYTES_MAX);
  #envelope: Envelope | null = null;
  #entry: EpochEntry | null = null;
  #clock: ClockOffset | null = null;
  #nextSeq = 0;

  /** The epoch that it is of; null while there is none. */
  get entry(): EpochEntry | null {
    return this.#entry;
  }

  get envelope(): Envelope | null {
    return this.#envelope;
  }

  /** The record. A view, good until the next run begins. */
  get bytes(): Uint8Array {
    return this.#writer.bytes;
  }

  get over(): boolean {
    return this.readings.readings >= READINGS_MAX || this.#writer.length >= BYTES_MAX;
  }

  isNext(entry: EpochEntry, seq: number): boolean {
    return entry === this.#entry && seq === this.#nextSeq;
  }

  /** False, too, when there is none. */
  hasClock(clock: ClockOffset): boolean {
    return clock === this.#clock;
  }

  begin(device: DeviceEntry, entry: EpochEntry, seq: number, clock: ClockOffset, receivedUs: number): void {
    const { offsetUs, uncertaintyUs, source: clockSource } = clock;
    const { readings: kind } = RecordKind;
    const { epoch } = entry;
    // Key by key: a spread costs as much as all the rest of a run that has one small frame.
    this.#envelope = {
      kind,
      device: device.id,
      epoch,
      seq,
      receivedUs,
      offsetUs,
      uncertaintyUs,
      clockSource,
    };
    this.#entry = entry;
    this.#clock = clock;
    this.#nextSeq = seq;
    this.#writer.begin(this.#envelope);
    this.readings.begin(seq);
  }

  /** Bytes of the record with one frame more. */
  bytesWith(series: ArrayLike<number>, frame: Uint8Array): number {
    return this.#writer.length + RecordWriter.frameBytes(series, frame);
  }

  add(frame: ReadingsSummary, series: ArrayLike<number>, bytes: Uint8Array): void {
    const start = this.#writer.add(series, bytes);
    this.readings.add(frame, series, start, start + bytes.length);
    this.#nextSeq++;
  }

  end(): void {
    this.#envelope = this.#entry = this.#clock = null;
  }
}
