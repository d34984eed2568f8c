import {
  build,
  decodeFromCompressedBase64,
  encodeIntoCompressedBase64,
  type Histogram,
} from 'hdr-histogram-js';
import type { HistogramRecord } from '../record.js';

/** All runs' latencies in one histogram, us. Throws on what is not a histogram. */
export function mergedHistogram(records: readonly HistogramRecord[]): Histogram {
  const merged = build({ lowestDiscernibleValue: 1, numberOfSignificantValueDigits: 3 });
  merged.autoResize = true;
  for (const { hdr, count } of records) if (count > 0) merged.add(decodeFromCompressedBase64(hdr));
  return merged;
}

/** As in {@link HistogramRecord.hdr}. */
export function encoded(histogram: Histogram): string {
  return encodeIntoCompressedBase64(histogram);
}
