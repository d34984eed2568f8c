import type { Trace } from '../../network/trace.js';

/** What was seen of one device in a stretch of time. */
export interface Observation {
  /** Packets of this one device. */
  readonly trace: Trace;
  /** The window, us of the trace's clock: from, inclusive, to, exclusive. */
  readonly fromUs: number;
  readonly toUs: number;
  /**
   * What decides in which state the radio enters the window. trace: the packets of the trace before it. rhythm: those of the
   * window itself, as if it had gone on like this for long; a run is shorter than many a radio's tail.
   */
  readonly before: 'trace' | 'rhythm';
}

/** What a radio did in a window, by a model. */
export interface RadioUse {
  /** What it would have taken without a packet, J. */
  readonly idleJ: number;
  /** What it took beyond that, J. */
  readonly marginalJ: number;
  /** Seconds in each state; their sum is the window. */
  readonly states: Readonly<Record<string, number>>;
}

export function windowS({ fromUs, toUs }: Observation): number {
  return (toUs - fromUs) / 1e6;
}
