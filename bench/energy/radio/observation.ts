import type { Trace } from '../../network/trace.js';

/** What was seen of one device in a stretch of time. */
export interface Observation {
  /** Packets of this one device. Those before `fromUs` count for the state in which the radio enters the window. */
  readonly trace: Trace;
  /** The window, us of the trace's clock: from, inclusive, to, exclusive. */
  readonly fromUs: number;
  readonly toUs: number;
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
