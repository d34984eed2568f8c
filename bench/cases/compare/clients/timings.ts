import { build, encodeIntoCompressedBase64, type Histogram } from 'hdr-histogram-js';
import type { HistogramRecord } from '../record.js';

/** Highest time that is told apart, us: ten minutes. */
const US_MAX = 600_000_000;

/** Times of any sign, to the us: three significant digits in the histogram, mean and maximum exact. */
export class Timings {
  readonly #histogram: Histogram = build({
    lowestDiscernibleValue: 1,
    highestTrackableValue: US_MAX,
    numberOfSignificantValueDigits: 3,
  });
  #zeros = 0;
  #negatives = 0;
  #sumUs = 0;
  #maxUs = -Infinity;

  add(exactUs: number): void {
    const us = Math.round(exactUs);
    if (us === 0) this.#zeros++;
    if (us < 0) this.#negatives++;
    this.#sumUs += us;
    this.#maxUs = Math.max(this.#maxUs, us);
    this.#histogram.recordValue(Math.min(US_MAX, Math.max(1, us)));
  }

  /** What was added; all figures of nothing are 0. */
  record(): HistogramRecord {
    const count = this.#histogram.totalCount;
    // A percentile is the end of its bucket, which the largest value may not reach.
    const at = (percentile: number): number =>
      count === 0 ? 0 : Math.min(this.#histogram.getValueAtPercentile(percentile), Math.max(1, this.#maxUs));
    return {
      hdr: encodeIntoCompressedBase64(this.#histogram),
      ...{ count, zeros: this.#zeros, negatives: this.#negatives },
      meanUs: count === 0 ? 0 : this.#sumUs / count,
      ...{ p50Us: at(50), p99Us: at(99), p999Us: at(99.9) },
      maxUs: count === 0 ? 0 : this.#maxUs,
    };
  }
}
