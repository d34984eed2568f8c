/** What the stream worker and the main thread say to each other. */
import type { SeriesIdentity } from '../registry/series.js';

/**
 * all: every reading, in the order of the log. live: what comes is on show at once, whatever else comes; readings that came
 * long after they were taken are told of, not sent, and so is what a subscriber that has fallen behind would have to read.
 */
export const STREAM_MODES = ['all', 'live'] as const;
export type StreamMode = (typeof STREAM_MODES)[number];

/** Which readings a subscriber wants; null is all. Patterns may hold `*`. */
export interface StreamFilter {
  readonly mode: StreamMode;
  readonly devices: readonly string[] | null;
  readonly channels: readonly string[] | null;
}

export interface StreamWorkerStart {
  readonly logDir: string;
  /** Characters on the way to one subscriber; beyond it nothing more is read for that one. */
  readonly windowCharacters: number;
}

export type ToStreamWorker =
  | { readonly type: 'series'; readonly series: readonly SeriesIdentity[] }
  | { readonly type: 'advance'; readonly durable: number }
  | { readonly type: 'subscribe'; readonly id: number; readonly from: number; readonly filter: StreamFilter }
  | { readonly type: 'consumed'; readonly id: number; readonly characters: number }
  | { readonly type: 'unsubscribe'; readonly id: number }
  | { readonly type: 'close' };

export type FromStreamWorker =
  /** One message for a subscriber. `cursor` is where its next one begins. */
  | { readonly type: 'text'; readonly id: number; readonly text: string; readonly cursor: number }
  | { readonly type: 'fault'; readonly message: string };
