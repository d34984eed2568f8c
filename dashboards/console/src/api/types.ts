/** What the hub says, as the page uses it. Names follow the HTTP API; times are UTC microseconds. */
export type DeviceState = 'online' | 'stale' | 'offline';
export type ChannelType = 'number' | 'boolean' | 'text';
export type ReadingValue = number | boolean | string;

export interface DeviceClock {
  /** `synced`, `device` or `bounded`: an exchange with the hub, the device's own clock, or bounds alone. */
  readonly source: string;
  readonly uncertaintyUs: number;
}

export interface Device {
  readonly device: string;
  readonly state: DeviceState;
  readonly connectedSinceUs: number | null;
  readonly lastSeenUs: number | null;
  readonly agent: string;
  readonly remote: string;
  readonly channels: number;
  /** Readings stored since the device is known. */
  readonly readings: number;
  /** Frames that wait on the device. */
  readonly backlogFrames: number;
  /** When the last of them will be here, UTC us; null with none, or while none comes. */
  readonly backlogEndUs: number | null;
  /** Frames that the hub refused for good, and frames that the device reported as dropped, ever. */
  readonly rejected: number;
  readonly lost: number;
  readonly clock: DeviceClock | null;
}

/** What is wrong with a device, or may be: see `weir explain`. */
export interface Finding {
  /** error: nothing arrives because of it; warning: some does not; note: nothing to do. */
  readonly severity: 'error' | 'warning' | 'note';
  readonly code: string;
  readonly message: string;
  readonly advice: string;
}

/** What became of a device's frames. */
export interface Totals {
  readonly stored: number;
  readonly pending: number;
  readonly expired: number;
  readonly rejected: number;
  /** Frames by policy, and by code. */
  readonly expiredBy: readonly (readonly [string, number])[];
  readonly rejectedBy: readonly (readonly [string, number])[];
}

export interface Channel {
  readonly channel: string;
  readonly type: ChannelType;
  readonly unit: string;
  /** Expected time between readings; null when they come as things happen. */
  readonly intervalMs: number | null;
  readonly last: { readonly timeUs: number; readonly value: ReadingValue } | null;
}

export interface ReadingsPage {
  readonly timesUs: readonly number[];
  readonly values: readonly ReadingValue[];
  readonly nextCursor: string | null;
}

export interface SinkStatus {
  readonly name: string;
  readonly kind: string;
  readonly state: 'running' | 'waiting' | 'failed';
  readonly cursor: number;
  readonly readings: number;
  readonly quarantined: number;
  readonly lagBytes: number;
  /** Ranges of the log that could not be stored. */
  readonly skipped: number;
  readonly error: string | null;
  /** When it tries again, UTC ms. */
  readonly retryAtMs: number | null;
}

/** A reader of the hub's stream, such as an MQTT bridge; `''` when it does not name itself. */
export interface StreamReader {
  readonly name: string;
  readonly lagBytes: number;
}

export interface Stats {
  readonly version: string;
  readonly startedUs: number;
  readonly uptimeS: number;
  readonly log: {
    readonly start: number;
    readonly durable: number;
    readonly end: number;
    readonly bytesWritten: number;
    readonly state: string;
    readonly error: string | null;
    /** Damaged places found in its files. */
    readonly problems: number;
  };
  readonly ingest: {
    readonly connections: number;
    /** Connections that are not read just now because the log is behind. */
    readonly paused: number;
    readonly frames: number;
    readonly readings: number;
    readonly duplicates: number;
    readonly rejected: number;
  };
  readonly sinks: readonly SinkStatus[];
  readonly streams: readonly StreamReader[];
}

/** Readings of one channel in one message of the stream; `timesUs` and `values` have equal length. */
export interface StreamBatch {
  readonly device: string;
  readonly channel: string;
  readonly type: ChannelType;
  readonly unit: string;
  readonly timesUs: readonly number[];
  readonly values: readonly ReadingValue[];
}

export type StreamMessage =
  | { readonly type: 'readings'; readonly cursor: string; readonly batches: readonly StreamBatch[] }
  | { readonly type: 'device'; readonly device: Device }
  | { readonly type: 'caught_up'; readonly cursor: string }
  | { readonly type: 'skipped'; readonly reason: string }
  /** What this live stream did not send: `spans`, and if it was `behind` all before `cursor`. The store has it. */
  | {
      readonly type: 'left_out';
      readonly cursor: string;
      readonly behind: boolean;
      readonly spans: readonly LeftOutSpan[];
    };

export interface LeftOutSpan {
  readonly device: string;
  readonly channel: string;
  readonly readings: number;
}
