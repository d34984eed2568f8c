/** What the runs of one size of frames say together: medians over the repeats. */
import { medianOf, spreadOf, type Spread } from '../../measure/statistics.js';
import { ARMS, type ArmName, type ArmRun, type KeptRun } from './arm.js';

/** One arm; null is what it does not have. */
export interface ArmSummary {
  readonly frames_per_s: Spread;
  readonly readings_per_s: number;
  /** To the bare sink, of runs of the same round; absent without bare runs. */
  readonly ratio: Spread | null;
  /** The same by frames in a CPU second of the main thread: what else runs on the machine matters less. */
  readonly ratio_by_cpu: Spread | null;
  readonly ack_ms: { readonly p50: number; readonly p99: number; readonly max: number } | null;
  /** Of the whole process, all its threads, until the store had everything. */
  readonly cpu_s_per_million_readings: number | null;
  readonly main_thread_cpu_s_per_million_readings: number | null;
  /** Of the window: the main thread worked, and waited for a core that others had. */
  readonly main_thread_busy_percent: number;
  readonly main_thread_waited_percent: number;
  readonly rss_peak_mb: number;
  readonly bytes_written: number | null;
  readonly bytes_written_per_reading: number | null;
  readonly stored_readings_per_s: number | null;
  /** Readings that the store did not have yet when the last ack came, and how much later it had them. */
  readonly stored_behind_readings: number | null;
  readonly stored_lag_s: number | null;
}

/** One size of frames: the hub's figures beside the bare sink's, and every arm's. */
export interface IngestCase {
  readonly readings_per_frame: number;
  readonly connections: number;
  readonly repeats: number;
  readonly bare_frames_per_s: number | null;
  readonly weir_frames_per_s: number | null;
  readonly ratio: number | null;
  readonly ratio_by_cpu: number | null;
  readonly readings_per_s: number | null;
  readonly ack_ms: ArmSummary['ack_ms'];
  readonly cpu_s_per_million_readings: number | null;
  readonly rss_peak_mb: number | null;
  readonly bytes_written: number | null;
  readonly stored_readings_per_s: number | null;
  readonly stored_behind_readings: number | null;
  readonly stored_lag_s: number | null;
  readonly arms: Readonly<Partial<Record<ArmName, ArmSummary>>>;
}

/** `runs` are of one size of frames, in the order in which they were made. */
export function summarize(connections: number, runs: readonly ArmRun[]): IngestCase {
  const of = (arm: ArmName): ArmRun[] => runs.filter((run) => run.arm === arm);
  const bare = of('bare');
  const present = ARMS.filter((arm) => of(arm).length > 0);
  const arms: Partial<Record<ArmName, ArmSummary>> = Object.fromEntries(
    present.map((arm) => [arm, summarizeArm(of(arm), bare)]),
  );
  const { weir } = arms;
  return {
    readings_per_frame: runs[0]?.readings_per_frame ?? 0,
    connections,
    repeats: Math.max(...present.map((arm) => of(arm).length)),
    bare_frames_per_s: arms.bare?.frames_per_s.median ?? null,
    weir_frames_per_s: weir?.frames_per_s.median ?? null,
    ratio: weir?.ratio?.median ?? null,
    ratio_by_cpu: weir?.ratio_by_cpu?.median ?? null,
    readings_per_s: weir?.readings_per_s ?? null,
    ack_ms: weir?.ack_ms ?? null,
    cpu_s_per_million_readings: weir?.cpu_s_per_million_readings ?? null,
    rss_peak_mb: weir?.rss_peak_mb ?? null,
    bytes_written: weir?.bytes_written ?? null,
    stored_readings_per_s: weir?.stored_readings_per_s ?? null,
    stored_behind_readings: weir?.stored_behind_readings ?? null,
    stored_lag_s: weir?.stored_lag_s ?? null,
    arms,
  };
}

function summarizeArm(runs: readonly ArmRun[], bare: readonly ArmRun[]): ArmSummary {
  const kept = (field: (kept: KeptRun) => number | null): number | null =>
    median(runs.map((run) => (run.kept === null ? null : field(run.kept))));
  const ack = (field: 'p50' | 'p99' | 'max'): number | null =>
    median(runs.map((run) => run.ack_ms?.[field] ?? null));
  const percent = (seconds: (run: ArmRun) => number): number =>
    medianOf(runs.map((run) => (seconds(run) / run.window_s) * 100));
  const [p50, p99, max] = [ack('p50'), ack('p99'), ack('max')];
  return {
    frames_per_s: spreadOf(runs.map((run) => run.frames_per_s)),
    readings_per_s: medianOf(runs.map((run) => run.readings_per_s)),
    ratio: ratioOf(runs, bare, (run) => run.frames_per_s),
    ratio_by_cpu: ratioOf(runs, bare, framesPerCpuS),
    ack_ms: p50 === null || p99 === null || max === null ? null : { p50, p99, max },
    cpu_s_per_million_readings: kept((each) => each.cpu_s_per_million_readings),
    main_thread_cpu_s_per_million_readings: kept((each) => each.main_thread_cpu_s_per_million_readings),
    main_thread_busy_percent: percent((run) => run.cpu.server.main_thread_s),
    main_thread_waited_percent: percent((run) => run.cpu.server.main_thread_waited_s),
    rss_peak_mb: medianOf(runs.map((run) => run.rss_peak_mb)),
    bytes_written: kept((each) => each.bytes_written),
    bytes_written_per_reading: kept((each) => each.bytes_written / each.readings_acked),
    stored_readings_per_s: kept((each) => each.stored_per_s),
    stored_behind_readings: kept((each) => each.stored_behind),
    stored_lag_s: kept((each) => each.stored_lag_s),
  };
}

/** Runs of the same round are compared, since they met the machine in much the same state. */
function ratioOf(
  runs: readonly ArmRun[],
  bare: readonly ArmRun[],
  rate: (run: ArmRun) => number,
): Spread | null {
  const ratios = runs.flatMap((run, round) => {
    const other = bare[round];
    return other === undefined ? [] : [rate(run) / rate(other)];
  });
  return ratios.length === 0 ? null : spreadOf(ratios);
}

function framesPerCpuS({ frames_per_s: framesPerS, window_s: seconds, cpu }: ArmRun): number {
  return (framesPerS * seconds) / cpu.server.main_thread_s;
}

function median(values: readonly (number | null)[]): number | null {
  const numbers = values.filter((value) => value !== null);
  return numbers.length === 0 ? null : medianOf(numbers);
}
