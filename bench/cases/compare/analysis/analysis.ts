/** What is said of all runs together: one cell for each scenario, checks, claims. */
import type { Estimate, Interval } from '../../../measure/statistics.js';
import type { Scenario } from '../scenario.js';

export type { Estimate } from '../../../measure/statistics.js';

export interface EnergyEstimate {
  readonly profile: string;
  readonly source: 'modelled' | 'rapl' | 'ina219';
  readonly marginalJPerReading: Estimate;
  readonly totalJPerReading: Estimate;
  readonly idleW: number;
}

export interface Cell {
  readonly key: string;
  readonly scenario: Scenario;
  readonly runs: number;
  /** Means over runs of each run's mean, percentiles and maximum, ms. p99.9 of fewer than 1,000 readings is their maximum. */
  readonly meanMs: Estimate;
  readonly p50Ms: Estimate;
  readonly p99Ms: Estimate;
  readonly p999Ms: Estimate;
  readonly maxMs: number;
  readonly confirmedP50Ms: Estimate | null;
  /** All runs' histograms together, HdrHistogram base64, us. */
  readonly hdr: string;
  readonly lossRatio: number;
  readonly duplicated: number;
  readonly throughput: Estimate;
  /** Both ways, IP bytes, within the window. */
  readonly bytesPerReading: Estimate;
  readonly packetsPerReading: Estimate;
  readonly payloadBytesPerReading: Estimate;
  readonly setupBytes: Estimate;
  readonly clientCpuUsPerReading: Estimate;
  readonly hubCpuUsPerReading: Estimate;
  readonly energy: readonly EnergyEstimate[];
  /** Theory beside measurement; null where theory says nothing. */
  readonly theory: Agreement | null;
  /** What speaks against believing this cell; empty is good. */
  readonly doubts: readonly Doubt[];
}

export interface Agreement {
  /** Closed form, for a person: `L + D/2`. */
  readonly formula: string;
  /** Of the link alone, on the very schedules of the runs and over the delays that the link had. */
  readonly predictedMs: number;
  readonly measuredMs: number;
  /** Of the measured, what was measured apart and is not the link's: how late the sender was, and the hub's own time. */
  readonly ownMs: number;
  /** When measured less own is within this of predicted, they agree; see `toleranceOf` for what it is made of. */
  readonly toleranceMs: number;
  readonly agrees: boolean;
  /** Why not, or ''. */
  readonly why: string;
}

/** Found by looking at runs: coordinated omission, Nagle with delayed acknowledgements, an overloaded client, loss, ... */
export interface Doubt {
  readonly code: string;
  readonly message: string;
}

export const VERDICTS = ['confirmed', 'smaller than told', 'refuted', 'undecided', 'not measured'] as const;
export type Verdict = (typeof VERDICTS)[number];

export interface Claim {
  readonly id: 'latency' | 'throughput' | 'energy' | 'bytes';
  /** As it is told. */
  readonly told: string;
  /** The factor that it is told with, and by whom. */
  readonly toldRatio: number;
  readonly toldBy: string;
  readonly verdict: Verdict;
  /** How many times better WebSocket is, with its interval. Above 1 speaks for WebSocket. */
  readonly ratio: number;
  readonly ci95: Interval;
  /** Keys of the two cells compared: the other's over WebSocket's. */
  readonly compared: readonly [other: string, websocket: string];
  /** What theory gives for the ratio; null where it gives none. */
  readonly theory: number | null;
  /** What must be said beside it, sentences. */
  readonly notes: readonly string[];
  /** The same ratio under other conditions. */
  readonly elsewhere: readonly {
    readonly conditions: string;
    readonly ratio: number;
    readonly ci95: Interval;
    readonly theory: number | null;
  }[];
}

export interface Analysis {
  readonly cells: readonly Cell[];
  readonly claims: readonly Claim[];
}
