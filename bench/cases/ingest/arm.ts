import type { BenchContext } from '../../case.js';
import type { LatencySummary } from '../../measure/latency.js';

/** What one run of one arm is asked for. */
export interface ArmOrder {
  readonly connections: number;
  readonly readingsPerFrame: number;
  readonly seed: number;
  /** All connections together; null for as many as the server takes. */
  readonly framesPerS: number | null;
  readonly warmUpS: number;
  readonly seconds: number;
  /** Longest wait for the store to have everything, s. */
  readonly drainS: number;
  /** Where the folder of a server's data is made; on the disk that is meant. */
  readonly dir: string;
  /** Where V8's CPU profile of the server is written; '' for none. */
  readonly profileDir: string;
}

/** CPU of a process, s, and how long its main thread waited for a core that others had. */
export interface CpuUse {
  readonly all_threads_s: number;
  readonly main_thread_s: number;
  readonly main_thread_waited_s: number;
}

/** The raw result of one run; what a median is made of. */
export interface ArmRun {
  readonly arm: ArmName;
  readonly readings_per_frame: number;
  /** Of the measured window, warm-up excluded. */
  readonly window_s: number;
  readonly frames_per_s: number;
  readonly readings_per_s: number;
  /** From write to acknowledgement; null where nothing is acknowledged. */
  readonly ack_ms: LatencySummary | null;
  /** During the window. */
  readonly cpu: { readonly server: CpuUse; readonly load: CpuUse };
  readonly rss_peak_mb: number;
  /** What became of everything that was sent; null where nothing is kept. */
  readonly kept: KeptRun | null;
}

/** A whole run: from the first frame until the store (of a broker: the subscriber) has the last. */
export interface KeptRun {
  readonly readings_acked: number;
  readonly cpu_s_per_million_readings: number;
  readonly main_thread_cpu_s_per_million_readings: number;
  /** What the server's process had written to the disk: a hub its log and store. */
  readonly bytes_written: number;
  readonly log_bytes_written: number | null;
  /** What the store took a second while frames came, and until it had all. */
  readonly stored_per_s_under_load: number | null;
  readonly stored_per_s: number | null;
  /** Readings that were acknowledged and not in the store yet when the last ack came. */
  readonly stored_behind: number | null;
  /** From the last ack until the store had all; null without a store. */
  readonly stored_lag_s: number | null;
  /** Readings that the store counts; equal to `readings_acked`, or the run has failed. */
  readonly readings_stored: number | null;
}

export const ARMS = [
  'bare',
  'weir',
  'weir-without-stores',
  'weir-paced',
  'mosquitto',
  'mosquitto-subscriber',
] as const;
export type ArmName = (typeof ARMS)[number];

export type RunArm = (order: ArmOrder, context: BenchContext) => Promise<ArmRun>;
