import { medianOf, spreadOf, type Spread } from '../../measure/statistics.js';
import type { ArmName, ArmRun, KeptRun } from './arm.js';

/** One size of frames: medians over the repeats, of the arms that were run. */
export interface IngestCase {
  readonly readings_per_frame: number;
  readonly connections: number;
  readonly repeats: number;
  readonly bare_frames_per_s: number | null;
  readonly weir_frames_per_s: number | null;
  /** Hub to bare sink, of the runs of one round; the middle of the rounds. */
  readonly ratio: number | null;
  /** The same by frames in a CPU second of the main thread: what others do on the machine matters less. */
  readonly ratio_by_cpu: number | null;
  readonly readings_per_s: number | null;
  readonly ack_ms: { readonly p50: number; readonly p99: number } | null;
  /** Of the whole process, the store's threads included, until the store had everything. */
  readonly cpu_s_per_million_readings: number | null;
  readonly main_thread_cpu_s_per_million_readings: number | null;
  readonly rss_peak_mb: number | null;
  readonly bytes_written: number | null;
  readonly bytes_written_per_reading: number | null;
  readonly stored_lag_s: number | null;
  readonly stored_readings_per_s: number | null;
  readonly without_stores_frames_per_s: number | null;
  readonly without_stores_ratio: number | null;
  /** From the slowest run to the fastest. */
  readonly spread: {
    readonly bare_frames_per_s: Spread | null;
    readonly weir_frames_per_s: Spread | null;
    readonly ratio: Spread | null;
  };
}

/** What the runs of one size say together. */
export function summarize(connections: number, runs: readonly ArmRun[]): IngestCase {
  const of = (arm: ArmName): ArmRun[] => runs.filter((run) => run.arm === arm);
  const [bare, weir, plain] = [of('bare'), of('weir'), of('weir-without-stores')];
  const frames = (arm: readonly ArmRun[]): number[] => arm.map((run) => run.frames_per_s);
  const kept = (field: (kept: KeptRun) => number | null): number | null =>
    median(weir.flatMap((run) => (run.kept === null ? [] : [field(run.kept)])));
  return {
    readings_per_frame: runs[0]?.readings_per_frame ?? 0,
    connections,
    repeats: Math.max(bare.length, weir.length, plain.length),
    bare_frames_per_s: median(frames(bare)),
    weir_frames_per_s: median(frames(weir)),
    ratio: median(ratios(weir, bare)),
    ratio_by_cpu: median(ratios(weir, bare, framesPerCpuS)),
    readings_per_s: median(weir.map((run) => run.readings_per_s)),
    ack_ms:
      weir.length === 0
        ? null
        : {
            p50: medianOf(weir.map((run) => run.ack_ms?.p50 ?? NaN)),
            p99: medianOf(weir.map((run) => run.ack_ms?.p99 ?? NaN)),
          },
    cpu_s_per_million_readings: kept((each) => each.cpu_s_per_million_readings),
    main_thread_cpu_s_per_million_readings: kept((each) => each.main_thread_cpu_s_per_million_readings),
    rss_peak_mb: median(weir.map((run) => run.rss_peak_mb)),
    bytes_written: kept((each) => each.bytes_written),
    bytes_written_per_reading: kept((each) => each.bytes_written / each.readings_acked),
    stored_lag_s: kept((each) => each.stored_lag_s),
    stored_readings_per_s: kept((each) => each.stored_per_s),
    without_stores_frames_per_s: median(frames(plain)),
    without_stores_ratio: median(ratios(plain, bare)),
    spread: {
      bare_frames_per_s: spread(frames(bare)),
      weir_frames_per_s: spread(frames(weir)),
      ratio: spread(ratios(weir, bare)),
    },
  };
}

/** Runs of the same round are compared, since they met the machine in the same state. */
function ratios(
  runs: readonly ArmRun[],
  to: readonly ArmRun[],
  rate: (run: ArmRun) => number = (run) => run.frames_per_s,
): number[] {
  return runs.flatMap((run, round) => {
    const other = to[round];
    return other === undefined ? [] : [rate(run) / rate(other)];
  });
}

function framesPerCpuS({ frames_per_s: framesPerS, window_s: seconds, cpu }: ArmRun): number {
  return (framesPerS * seconds) / cpu.server.main_thread_s;
}

function median(values: readonly (number | null)[]): number | null {
  const numbers = values.filter((value) => value !== null);
  return numbers.length === 0 ? null : medianOf(numbers);
}

function spread(values: readonly number[]): Spread | null {
  return values.length === 0 ? null : spreadOf(values);
}
