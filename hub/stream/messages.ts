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

/** What is told: a readings message, the state of a device, the end of what is stored, what was not sent. */
export type StreamEvent = 'readings' | 'device' | 'caught_up' | 'skipped' | 'left_out';

/** One message for a subscriber. */
export interface StreamMessage {
  readonly event: StreamEvent;
  /** Its JSON, on one line. */
  readonly text: string;
  /** Where the next one begins in the log; null where the message is of no place in it. */
  readonly cursor: number | null;
}

/** What a subscription that takes one portion gets: all at once, and it is over. */
export interface Portion {
  /** JSON texts of messages. */
  readonly texts: readonly string[];
  readonly cursor: number;
  /** Nothing more is stored behind it. */
  readonly caughtUp: boolean;
}

export type ToStreamWorker =
  | { readonly type: 'series'; readonly series: readonly SeriesIdentity[] }
  | { readonly type: 'advance'; readonly durable: number }
  | {
      readonly type: 'subscribe';
      readonly id: number;
      readonly from: number;
      readonly durable: number;
      readonly filter: StreamFilter;
      /** Characters after which a portion is full; null for a subscriber that gets one message after the other. */
      readonly portion: number | null;
    }
  /** A portion is wanted now, though there be nothing in it. */
  | { readonly type: 'finish'; readonly id: number }
  | { readonly type: 'consumed'; readonly id: number; readonly characters: number }
  | { readonly type: 'unsubscribe'; readonly id: number }
  | { readonly type: 'close' };

export type FromStreamWorker =
  | ({ readonly type: 'text'; readonly id: number; readonly cursor: number } & StreamMessage)
  | ({ readonly type: 'portion'; readonly id: number } & Portion)
  | { readonly type: 'fault'; readonly message: string };
