/** What is known at one moment of a device, and of all that stands between it and the stores. Times are UTC us. */
import type { GapReason } from '@weir/protocol';
import type { Refused } from '../auth/refusals.js';
import type { FormerConnection, Takeover } from '../registry/connection-history.js';
import type { DeviceState } from '../registry/presence.js';
import type { RejectCount } from '../registry/reject-tally.js';

export interface Facts {
  readonly nowUs: number;
  readonly hubStartedUs: number;
  /** As asked for; `channel` null for all of the device. */
  readonly device: string;
  readonly channel: string | null;
  /** Null for a device that has never said hello. */
  readonly known: DeviceFacts | null;
  /** Known names near to one that is not known, nearest first. */
  readonly nearest: readonly string[];
  /** Callers turned away that are, or may be, this device; most recent first. */
  readonly refused: readonly Refused[];
  readonly log: { readonly state: 'ok' | 'disk_full' | 'failed'; readonly error: string | null };
  readonly stores: readonly StoreFacts[];
}

export interface DeviceFacts {
  readonly state: DeviceState;
  readonly sinceUs: number;
  readonly connection: {
    readonly sinceUs: number;
    readonly remote: string;
    readonly clock: {
      readonly source: 'synced' | 'device' | 'bounded';
      readonly uncertaintyUs: number;
    } | null;
    readonly implausibleClockUs: number | null;
  } | null;
  /** The last connection that ended, since the hub's start. */
  readonly former: FormerConnection | null;
  /** Of the last ten minutes. */
  readonly takeovers: readonly Takeover[];
  readonly lastSeenUs: number | null;
  readonly lastReadingUs: number | null;
  /** When it last posted over HTTP; null for one that does not. */
  readonly postedUs: number | null;
  /** What it measures, without what its sources say of themselves. */
  readonly channels: readonly ChannelFacts[];
  readonly sources: readonly SourceFacts[];
  readonly rejects: readonly RejectCount[];
  readonly loss: {
    readonly frames: number;
    readonly lastUs: number | null;
    readonly reason: GapReason | null;
  };
  readonly backlog: BacklogFacts;
  readonly quarantined: readonly QuarantineFacts[];
}

export interface ChannelFacts {
  readonly name: string;
  readonly intervalMs: number | null;
  /** When its latest reading was taken; null when there is none. */
  readonly lastUs: number | null;
  /** End of its last record in the log; 0 when there was none since the hub's start. */
  readonly logOffset: number;
}

/** What a source says of itself in the channels `NAME/port` and `NAME/discarded_bytes`. */
export interface SourceFacts {
  readonly name: string;
  /** `open`, or `closed: WHY`, or `waiting: WHY`; null when it has no port. */
  readonly port: string | null;
  readonly portUs: number | null;
  readonly discardedBytes: number;
  /** When that sum last grew. */
  readonly discardedUs: number | null;
}

export interface BacklogFacts {
  readonly frames: number;
  readonly framesPerSecond: number;
  /** Estimated from the frames that came; null before the first. */
  readonly readings: number | null;
  /** No reading still to come is older, about; null where nothing tells. */
  readonly oldestUs: number | null;
  readonly endUs: number | null;
}

export interface StoreFacts {
  readonly name: string;
  readonly state: 'running' | 'waiting' | 'failed';
  readonly error: string | null;
  readonly retryAtUs: number | null;
  /** Everything in the log below is stored. */
  readonly cursor: number;
  readonly lagBytes: number;
  /** When it will have caught up if it goes on like this; null when it does not. */
  readonly caughtUpUs: number | null;
}

export interface QuarantineFacts {
  readonly store: string;
  readonly readings: number;
  readonly sinceUs: number;
  /** In the words of the server, of the last one. */
  readonly reason: string;
}
