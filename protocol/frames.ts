/**
 * The frames as values. On the wire each is one CBOR array `[type, ...]` (docs/protocol.md, protocol.cddl).
 *
 * Numbers: times are integer microseconds. "Monotonic" is the device's own clock since its boot; UTC is since
 * 1970-01-01. Sequences start at 1 in every epoch. An epoch id is a random integer in [2^32, 2^53).
 */
import type { CHANNEL_TYPES, ErrorCode, GapReason } from './codes.js';
import type { Limits } from './limits.js';

export type ChannelType = (typeof CHANNEL_TYPES)[number];
export type ReadingValue = number | boolean | string;

/**
 * Names an epoch inside a frame: its id, or, to save eight bytes, its index (below 2^16) in the list that this
 * session's `hello` announced. Spools and HTTP bodies always hold the id.
 */
export type EpochRef = number;

/** Inclusive range of sequences `[first, last]`. */
export type SequenceRange = readonly [first: number, last: number];

/** Ties a monotonic time to UTC: `utcUs = monotonicUs + (anchor.utcUs - anchor.monotonicUs)`, to within the uncertainty. */
export interface ClockAnchor {
  readonly monotonicUs: number;
  readonly utcUs: number;
  readonly uncertaintyUs: number;
}

/** An epoch of which the agent still holds frames, or the one it writes now (always the first of the list). */
export interface HeldEpoch {
  readonly epoch: number;
  /** Frames held: `[first, last]`, or null when none is. */
  readonly held: SequenceRange | null;
  /** The best anchor known for the boot in which the epoch ran; null if its clock was never synchronised. */
  readonly anchor: ClockAnchor | null;
  /** What the device's own clock said at monotonic zero: UTC microseconds, maybe wrong; null if it has no clock. */
  readonly deviceUtcUs: number | null;
}

export interface Hello {
  readonly type: 'hello';
  readonly version: number;
  readonly device: string;
  /** Software name and version, such as `weir-agent/0.1.0`. */
  readonly agent: string;
  /** Monotonic time at which this frame was made. */
  readonly monotonicUs: number;
  /** At least one: the first is the epoch that is being written. */
  readonly epochs: readonly HeldEpoch[];
}

export interface ChannelDescription {
  /** Index that readings frames of the same epoch use; below the channel limit. */
  readonly index: number;
  readonly name: string;
  readonly type: ChannelType;
  /** SenML unit (RFC 8428, RFC 8798), `''` where there is none. */
  readonly unit: string;
  /** Expected time between readings in ms; null when readings come as they happen. */
  readonly intervalMs: number | null;
}

/** Introduces or repeats channels of an epoch. Sequenced: spooled, acknowledged and replayed like readings. */
export interface Describe {
  readonly type: 'describe';
  readonly epoch: EpochRef;
  readonly seq: number;
  readonly channels: readonly ChannelDescription[];
}

/**
 * Readings of one channel, in the order they were taken: at least one. `times` (monotonic us) and `values` have equal
 * length, and times never decrease.
 */
export interface Column {
  readonly channel: number;
  readonly times: ArrayLike<number>;
  readonly values: ArrayLike<number> | readonly boolean[] | readonly string[];
}

/** Readings of one or more channels, each of which has one column. */
export interface Readings {
  readonly type: 'readings';
  readonly epoch: EpochRef;
  readonly seq: number;
  readonly columns: readonly Column[];
}

/** Sequences `[first, last]` of `lostEpoch` were dropped unsent by a stated policy. Sequenced in the current epoch. */
export interface Gap {
  readonly type: 'gap';
  readonly epoch: EpochRef;
  readonly seq: number;
  readonly lostEpoch: EpochRef;
  readonly lost: SequenceRange;
  readonly reason: GapReason;
}

/** Outcome of a `command` or `configure`. */
export interface Reply {
  readonly type: 'reply';
  readonly id: number;
  readonly ok: boolean;
  /** Result or error message. */
  readonly message: string;
}

/** Clock exchange, and the device's present best estimate (null before the first exchange). */
export interface Probe {
  readonly type: 'probe';
  readonly sentUs: number;
  readonly anchor: ClockAnchor | null;
}

export interface Welcome {
  readonly type: 'welcome';
  readonly version: number;
  readonly hubUtcUs: number;
  /** Unacknowledged sequenced frames that the device may have in flight. */
  readonly credit: number;
  /** Silence after which either end drops the connection, ms. Both send something at a third of it. */
  readonly deadlineMs: number;
  readonly limits: Pick<Limits, 'frameBytes' | 'channels' | 'readingsPerFrame' | 'textBytes'>;
  /** For each epoch of `hello`, in its order: the sequences that need not be sent (stored or refused for good). */
  readonly settled: readonly (readonly SequenceRange[])[];
}

export interface Ack {
  readonly type: 'ack';
  /** New credit; replaces the former. */
  readonly credit: number;
  /** Sequences now on the hub's disk, by epoch. */
  readonly stored: readonly { readonly epoch: EpochRef; readonly range: SequenceRange }[];
}

/** A frame that will never be accepted. The device drops it; the hub has recorded why. */
export interface Reject {
  readonly type: 'reject';
  /** Null when the frame was too damaged to tell. */
  readonly epoch: EpochRef | null;
  readonly seq: number | null;
  readonly code: ErrorCode;
  readonly limit: number | string | null;
  readonly value: number | string | null;
  readonly message: string;
}

/** Sets an output channel, or asks the agent something. Answered by `reply` with the same id. */
export interface Command {
  readonly type: 'command';
  readonly id: number;
  /** `set` (channel, value) or `ping`. */
  readonly name: string;
  readonly channel: string | null;
  readonly value: ReadingValue | null;
}

/** Changes how the agent samples, until it restarts. Answered by `reply` with the same id. */
export interface Configure {
  readonly type: 'configure';
  readonly id: number;
  readonly channels: readonly {
    readonly name: string;
    readonly intervalMs: number | null;
    readonly deadband: number | null;
  }[];
}

/** Answer to `probe`: its own send time back, and when the hub received and answered it. */
export interface ProbeReply {
  readonly type: 'probeReply';
  readonly sentUs: number;
  readonly receivedUtcUs: number;
  readonly answeredUtcUs: number;
}

/** Last frame before the hub closes. */
export interface Goodbye {
  readonly type: 'goodbye';
  /** The WebSocket close code that follows. */
  readonly code: number;
  readonly retryAfterMs: number;
  readonly message: string;
}

export type SequencedFrame = Describe | Readings | Gap;
export type DeviceFrame = Hello | SequencedFrame | Reply | Probe;
export type HubFrame = Welcome | Ack | Reject | Command | Configure | ProbeReply | Goodbye;
export type Frame = DeviceFrame | HubFrame;
