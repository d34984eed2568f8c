/** Questions about stored readings, whatever stores them. */
import type { ChannelType, ReadingValue } from '@weir/protocol';
import type { ClockSourceName } from '../ingest/record.js';

export const AGGREGATES = ['mean', 'min', 'max', 'first', 'last', 'count', 'sum'] as const;
export type Aggregate = (typeof AGGREGATES)[number];

export const PAGE_READINGS_DEFAULT = 1_000;
export const PAGE_READINGS_MAX = 50_000;

export interface ReadingsQuery {
  readonly device: string;
  readonly channel: string;
  /** Integer UTC us, included. */
  readonly fromUs?: number | undefined;
  /** Integer UTC us, not included. */
  readonly toUs?: number | undefined;
  /** Length in us of intervals to aggregate over, counted from 1970-01-01 UTC. Without it: the readings themselves. */
  readonly stepUs?: number | undefined;
  /** Needs `stepUs`. Default: mean, for text last. */
  readonly aggregate?: Aggregate | undefined;
  /** By time; default asc. */
  readonly order?: 'asc' | 'desc' | undefined;
  /** Readings or intervals in a page; default 1,000, at most 50,000. */
  readonly limit?: number | undefined;
  /** `nextCursor` of the page before, with the same query otherwise. */
  readonly cursor?: string | undefined;
  /** Bring `original` along; without `stepUs` alone. */
  readonly original?: boolean | undefined;
}

/** What the device sent, element by element of a page: identities and times by its own clock. */
export interface OriginalReadings {
  readonly epochs: number[];
  readonly seqs: number[];
  /** Places in the frame. */
  readonly indexes: number[];
  /** Us since the boot of the device in that epoch. */
  readonly monotonicUs: number[];
  /** How the UTC time was found. */
  readonly clocks: ClockSourceName[];
}

/** A page of one channel. The arrays have equal length; of an aggregate the times are starts of intervals. */
export interface ReadingsPage {
  readonly device: string;
  readonly channel: string;
  readonly type: ChannelType;
  readonly unit: string;
  readonly timesUs: number[];
  readonly values: ReadingValue[];
  /** Of an aggregate: the largest. */
  readonly uncertaintyUs: number[];
  /** Where the query asked for it. */
  readonly original?: OriginalReadings;
  /** Null on the last page. */
  readonly nextCursor: string | null;
}

export interface ReadingsCount {
  /** Rows stored. */
  readonly readings: number;
  /** Different readings among them, by (device, channel, epoch, sequence, index). Equal, or something is stored twice. */
  readonly distinct: number;
  /** Runs of device software that they are from. */
  readonly epochs: number;
}

/**
 * Answers from the embedded store. Throws WeirErrors: `history.bad_query`, `history.bad_cursor`,
 * `history.unknown_channel`, `history.busy`, `history.timeout`, `history.cancelled`, `history.unavailable`, `store.*`.
 */
export interface History {
  readings(query: ReadingsQuery, signal?: AbortSignal): Promise<ReadingsPage>;
  count(query?: { readonly device?: string | undefined }, signal?: AbortSignal): Promise<ReadingsCount>;
  /** Calls back with the log offset below which everything can be queried, each time that it grows. Returns the undo. */
  onAdvanced(listener: (cursor: number) => void): () => void;
}
