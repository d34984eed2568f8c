/**
 * What one run found: a line of the file of runs, plain JSON. Of a run without a rate only `throughput` is of the measured window;
 * its readings, packets and CPU are of the whole run, from the first message until all of them are stored.
 */
import type { RunEnergy } from '../../energy/energy.js';
import type { WireSums } from '../../network/trace.js';
import type { RunPlan } from './scenario.js';

/** A histogram of latencies. Values in us. */
export interface HistogramRecord {
  /** HdrHistogram V2, compressed, base64 (`encodeIntoCompressedBase64`). Zero and below are in it as 1. */
  readonly hdr: string;
  readonly count: number;
  readonly zeros: number;
  readonly negatives: number;
  /** Exact, of all values with zeros and negatives as they were, us. */
  readonly meanUs: number;
  readonly p50Us: number;
  readonly p99Us: number;
  readonly p999Us: number;
  readonly maxUs: number;
}

/** One way of the link, probed before the run with a method of its own. */
export interface AchievedDelay {
  readonly meanMs: number;
  readonly p50Ms: number;
  readonly p99Ms: number;
  readonly lossRatio: number;
}

export interface WireRecord {
  /** nothing: all sums are 0, for nobody counted; on a direct link. */
  readonly counted: 'packets' | 'estimated' | 'nothing';
  /** From the first packet until the first warm-up reading was due: connections and greetings. */
  readonly setup: { readonly up: WireSums; readonly down: WireSums };
  /** The measured window, with what a connection of its own for each message costs. */
  readonly window: { readonly up: WireSums; readonly down: WireSums };
  /** SYNs of the device's side in the window. */
  readonly connections: number;
}

/** What became of a poller's requests that were due in the measured window. */
export interface PollRecord {
  readonly asked: number;
  /** Due while another was under way, and asked together with the next, at once when that was answered. */
  readonly merged: number;
  /** From when a request was due, none being under way, to when the client's code made it. */
  readonly latenessMeanUs: number;
  readonly latenessMaxUs: number;
  /** From making a request to having parsed its answer. */
  readonly roundTripMeanUs: number;
}

export interface RunRecord {
  readonly plan: RunPlan;
  readonly startedAt: string;
  /** Null over a link that is not ours. */
  readonly achieved: { readonly up: AchievedDelay; readonly down: AchievedDelay } | null;
  /** Within the measured window: due there by the schedule, whenever they came. */
  readonly readings: {
    readonly due: number;
    readonly arrived: number;
    readonly lost: number;
    readonly duplicated: number;
  };
  /** From when a reading was due to when it was seen at the far end, by one monotonic clock. */
  readonly latency: HistogramRecord;
  /** From when a reading was due to when its sender knew that it is safe; null where no answer comes. */
  readonly confirmed: HistogramRecord | null;
  /** From when a reading was due to when the client's code began with it: what the machine, not the method, was late. */
  readonly lateness: HistogramRecord;
  /**
   * Mean latency of the same readings at a subscriber of the stream's WebSocket next to the hub, us: what the sensor, the hub's
   * disk and its stream took, whatever the carrier. Theory, which knows the link alone, is compared with what is beyond it.
   * Display only, else null.
   */
  readonly nearMeanUs: number | null;
  /** poll and poll-new only, else null. */
  readonly polls: PollRecord | null;
  /** Seen at the far end, without a rate acknowledged by the server, readings a second of the measured window. */
  readonly throughput: number;
  readonly wire: WireRecord;
  /** CPU of client and hub in the window, s. */
  readonly cpu: { readonly clientS: number; readonly hubS: number };
  /** By device profile; empty where nothing can be said. */
  readonly energy: readonly RunEnergy[];
  /** Latency that theory gives for this very schedule and the achieved delay, mean us; null where there is none. */
  readonly predictedMeanUs: number | null;
}
