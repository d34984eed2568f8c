import type { LoadMark } from '../../load/load.js';
import { processUse } from '../../measure/process-meter.js';
import type { ArmName, ArmOrder, ArmRun, KeptRun } from './arm.js';
import type { Window } from './window.js';

/** The window of a server that answers its frames, as a run. */
export function answeredRun(
  arm: ArmName,
  order: ArmOrder,
  { before, after, cpu }: Window<unknown>,
  serverPid: number,
  kept: KeptRun,
): ArmRun {
  const counted = (mark: LoadMark): [us: number, frames: number] => [mark.atUs, mark.answered];
  return {
    ...ratesOf(arm, order, counted(before.load), counted(after.load)),
    ...{ ack_ms: after.load.latencyMs, cpu, rss_peak_mb: peakMb(serverPid), kept },
  };
}

/** How many frames passed between two counts, each with its time in us. */
export function ratesOf(
  arm: ArmName,
  { readingsPerFrame }: ArmOrder,
  [fromUs, from]: readonly [us: number, frames: number],
  [toUs, to]: readonly [us: number, frames: number],
): Pick<ArmRun, 'arm' | 'readings_per_frame' | 'window_s' | 'frames_per_s' | 'readings_per_s'> {
  const seconds = (toUs - fromUs) / 1e6;
  const framesPerS = (to - from) / seconds;
  return {
    arm,
    readings_per_frame: readingsPerFrame,
    window_s: seconds,
    frames_per_s: framesPerS,
    readings_per_s: framesPerS * readingsPerFrame,
  };
}

export function peakMb(pid: number): number {
  return processUse(pid).rssPeakBytes / 1e6;
}
