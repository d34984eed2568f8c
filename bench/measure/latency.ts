import { build, type Histogram } from 'hdr-histogram-js';

/** Highest latency that is told apart, us: ten minutes. */
const LATENCY_US_MAX = 600_000_000;

export interface LatencySummary {
  readonly count: number;
  readonly p50: number;
  readonly p90: number;
  readonly p99: number;
  readonly p999: number;
  readonly max: number;
}

/** Latencies in us, three significant digits, and what is said of them, in ms. */
export class Latency {
  readonly #histogram: Histogram = build({
    lowestDiscernibleValue: 1,
    highestTrackableValue: LATENCY_US_MAX,
    numberOfSignificantValueDigits: 3,
  });

  record(us: number, count: number): void {
    this.#histogram.recordValueWithCount(Math.min(LATENCY_US_MAX, Math.max(1, Math.round(us))), count);
  }

  /** Notes of a frame's acknowledgement (an `AckListener`): as often as it had readings, the time since the oldest was taken. */
  readonly acked = (readings: number, takenUs: number, ackedUs: number): void =>
    this.record(ackedUs - takenUs, readings);

  reset(): void {
    this.#histogram.reset();
  }

  summary(): LatencySummary {
    const { totalCount: count, maxValue } = this.#histogram;
    // A percentile is the end of its bucket, which the largest value may not reach.
    const ms = (percentile: number): number =>
      Math.min(this.#histogram.getValueAtPercentile(percentile), maxValue) / 1000;
    if (count === 0) return { count, p50: 0, p90: 0, p99: 0, p999: 0, max: 0 };
    return {
      count,
      p50: ms(50),
      p90: ms(90),
      p99: ms(99),
      p999: ms(99.9),
      max: maxValue / 1000,
    };
  }
}
