import { build, type Histogram } from 'hdr-histogram-js';

/** Highest latency that the histogram tells apart, us: ten minutes. */
const LATENCY_US_MAX = 600_000_000;

/** Latencies in microseconds, three significant digits. */
export function latencyHistogram(): Histogram {
  return build({
    lowestDiscernibleValue: 1,
    highestTrackableValue: LATENCY_US_MAX,
    numberOfSignificantValueDigits: 3,
  });
}

/** An ack listener that notes, for each reading of a frame, the time from its oldest reading to its acknowledgement. */
export function recordLatency(
  latencyUs: Histogram,
): (readings: number, takenUs: number, ackedUs: number) => void {
  return (readings, takenUs, ackedUs) =>
    latencyUs.recordValueWithCount(Math.min(LATENCY_US_MAX, Math.max(1, ackedUs - takenUs)), readings);
}
