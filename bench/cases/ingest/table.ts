import { significant, type TableFormat } from '../../report/columns.js';
import { ARMS } from './arm.js';
import type { IngestResult } from './ingest.js';
import type { ArmSummary, IngestCase } from './summary.js';

type Row = readonly [label: string, value: (arm: ArmSummary) => number | null | undefined];

/** What is told of an arm. */
const ARM_ROWS: readonly Row[] = [
  ['frames/s', (arm) => arm.frames_per_s.median],
  ['slowest run', (arm) => arm.frames_per_s.min],
  ['fastest run', (arm) => arm.frames_per_s.max],
  ['readings/s', (arm) => arm.readings_per_s],
  ['to the bare sink', (arm) => arm.ratio?.median],
  ['the same by CPU', (arm) => arm.ratio_by_cpu?.median],
  ['ack p50, ms', (arm) => arm.ack_ms?.p50],
  ['ack p99, ms', (arm) => arm.ack_ms?.p99],
  ['CPU s per million readings', (arm) => arm.cpu_s_per_million_readings],
  ['of it in the main thread', (arm) => arm.main_thread_cpu_s_per_million_readings],
  ['main thread busy, %', (arm) => arm.main_thread_busy_percent],
  ['waiting for a core, %', (arm) => arm.main_thread_waited_percent],
  ['peak memory, MB', (arm) => arm.rss_peak_mb],
  ['bytes written per reading', (arm) => arm.bytes_written_per_reading],
  ['stored or delivered, readings/s', (arm) => arm.stored_readings_per_s],
  ['behind at the last ack, readings', (arm) => arm.stored_behind_readings],
  ['the last of them later by, s', (arm) => arm.stored_lag_s],
];

/** A table for each size of frames. */
export function ingestTable(
  { cases, skipped, promises, options }: IngestResult,
  format: TableFormat,
): string {
  const notes = [
    ...crowded(cases),
    `Runs of each arm: ${options.repeats}, ${options.seconds} s each; figures are medians. An acknowledgement of the hub says: ${promises.weir}. One of ` +
      `mosquitto says: ${promises.mosquitto}.`,
    ...skipped.map(({ arm, why }) => `${arm}: ${why}`),
  ];
  return [...cases.map((each) => caseTable(each, format)), ...notes].join('\n\n');
}

/** Above this the absolute figures are the machine's load as much as the server's speed. */
const WAITED_PERCENT_MAX = 10;

function crowded(cases: readonly IngestCase[]): string[] {
  const arms = cases.flatMap((each) => Object.values(each.arms));
  const most = Math.max(...arms.map((arm) => arm.main_thread_waited_percent));
  if (most <= WAITED_PERCENT_MAX) return [];
  return [
    `The machine was not quiet: a server waited for a core for up to ${significant(most)} % of its time. Compare by CPU; the ` +
      'other figures are too low, and the latencies too high.',
  ];
}

function caseTable(each: IngestCase, format: TableFormat): string {
  const arms = ARMS.flatMap((name) => {
    const summary = each.arms[name];
    return summary === undefined ? [] : [{ name, summary }];
  });
  const title = `frames of ${each.readings_per_frame}, ${each.connections} connections`;
  return format([
    [title, ...arms.map(({ name }) => name)],
    ...ARM_ROWS.map(([label, value]) => [label, ...arms.map(({ summary }) => significant(value(summary)))]),
  ]);
}
