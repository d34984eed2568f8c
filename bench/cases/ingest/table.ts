import { columns, significant } from '../../report/columns.js';
import type { IngestResult } from './ingest.js';

/** The cases side by side, for a terminal. */
export function ingestTable({ cases }: Pick<IngestResult, 'cases'>): string {
  return columns([
    ['', ...cases.map((each) => `frames of ${each.readings_per_frame}`)],
    ['connections', ...cases.map((each) => significant(each.connections))],
    ['bare sink, frames/s', ...cases.map((each) => significant(each.bare_frames_per_s))],
    ['hub, frames/s', ...cases.map((each) => significant(each.weir_frames_per_s))],
    ['hub to bare sink', ...cases.map((each) => significant(each.ratio))],
    ['hub to bare sink, by CPU', ...cases.map((each) => significant(each.ratio_by_cpu))],
    ['hub, readings/s', ...cases.map((each) => significant(each.readings_per_s))],
    ['ack p50, ms', ...cases.map((each) => significant(each.ack_ms?.p50))],
    ['ack p99, ms', ...cases.map((each) => significant(each.ack_ms?.p99))],
    ['CPU s per million readings', ...cases.map((each) => significant(each.cpu_s_per_million_readings))],
    [
      'of them in the main thread',
      ...cases.map((each) => significant(each.main_thread_cpu_s_per_million_readings)),
    ],
    ['peak memory, MB', ...cases.map((each) => significant(each.rss_peak_mb))],
    ['bytes written per reading', ...cases.map((each) => significant(each.bytes_written_per_reading))],
    ['store, readings/s', ...cases.map((each) => significant(each.stored_readings_per_s))],
    ['store has all after, s', ...cases.map((each) => significant(each.stored_lag_s))],
    ['hub without stores, frames/s', ...cases.map((each) => significant(each.without_stores_frames_per_s))],
    ['without stores to bare sink', ...cases.map((each) => significant(each.without_stores_ratio))],
  ]);
}
