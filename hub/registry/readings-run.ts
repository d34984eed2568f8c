import type { ReadingsSummary } from '@weir/protocol';

/**
 * What the tables need of a run: readings frames whose sequences follow one another, with one envelope and in one record
 * of the log. Filled frame by frame; plain numbers in arrays that every run uses again, so that a frame costs no object.
 */
export class ReadingsRun {
  /** Of the first frame. */
  seq = 0;
  frames = 0;
  readings = 0;
  /** Of all frames. */
  bytes = 0;
  /** Monotonic us of the earliest and the latest reading. */
  firstUs = Infinity;
  lastUs = -Infinity;
  /** Columns of all frames, in order. Each has an element in every array below. */
  columns = 0;
  readonly series: number[] = [];
  readonly channel: number[] = [];
  /** Monotonic us of the column's last reading. */
  readonly columnLastUs: number[] = [];
  /** Where its frame begins and ends in the record. */
  readonly frameStart: number[] = [];
  readonly frameEnd: number[] = [];

  begin(seq: number): void {
    this.seq = seq;
    this.frames = this.readings = this.bytes = this.columns = 0;
    this.firstUs = Infinity;
    this.lastUs = -Infinity;
  }

  /** Adds a frame that stands at `[start, end)` of the record, with the series of each of its columns. */
  add(frame: ReadingsSummary, series: ArrayLike<number>, start: number, end: number): void {
    for (let place = 0; place < frame.columns; place++) {
      const column = this.columns++;
      this.series[column] = series[place] ?? 0;
      this.channel[column] = frame.channels[place] ?? 0;
      this.columnLastUs[column] = frame.columnLastUs[place] ?? 0;
      this.frameStart[column] = start;
      this.frameEnd[column] = end;
    }
    this.frames++;
    this.readings += frame.count;
    this.bytes += end - start;
    this.firstUs = Math.min(this.firstUs, frame.firstUs);
    this.lastUs = Math.max(this.lastUs, frame.lastUs);
  }
}
