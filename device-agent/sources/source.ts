/**
 * The port between the things that read sensors and the rest of the agent. A source owns its device, its retries and
 * its children; it starts at once, never throws into its caller, and says what goes wrong through `SourceOutput`.
 */
import type { ReadingValue } from '@weir/protocol';
import type { Clock, Entropy, Logger, Timers } from '@weir/runtime';

export type PortState = 'open' | 'closed' | 'waiting';

/** What a source knows of a channel beyond its values. */
export interface ReadingMeta {
  /** SenML unit; used when the configuration names none. */
  readonly unit?: string;
  /** Time between two readings, where the source reads at a pace of its own. */
  readonly intervalMs?: number;
}

/** Why a value was read and yet is no reading. */
export type SourceRefusal = 'no_value' | 'not_convertible' | 'unsupported_value' | 'unconfigured';

/** Where a source sends what it reads. No call throws or blocks. */
export interface SourceOutput {
  /** `channel` is the name within the source: the full name is `${source}/${channel}`. `monotonicUs` is when it was taken. */
  reading(channel: string, value: ReadingValue, monotonicUs: number, meta?: ReadingMeta): void;
  /** The state of the thing read from. `waiting`: not there now, tried again later. Equal calls in a row count once. */
  port(state: PortState, reason: string): void;
  /** Bytes that came and became no reading, and why. The view is valid during the call only. */
  discarded(bytes: Uint8Array, reason: string): void;
  /** A value that cannot be a reading: null, a list where a number was due. */
  refused(channel: string, why: SourceRefusal, message: string): void;
}

export interface Source {
  readonly name: string;
  /** Begins to read; called once. What is missing now (port, tool, chip) is reported to `out` and tried again. */
  start(out: SourceOutput): void;
  /** Ends everything the source started. Nothing is sent to the output after it resolves. */
  stop(): Promise<void>;
  /**
   * Sets an output (`channel` without the source's prefix). Absent where a source has none. Throws `source.no_output`,
   * `source.bad_value`, `source.unavailable`.
   */
  set?(channel: string, value: ReadingValue): Promise<void>;
}

/** What sources take from outside, so that tests hand in their own. */
export interface SourceDeps {
  readonly clock: Clock;
  readonly timers: Timers;
  readonly entropy: Entropy;
  readonly logger: Logger;
}
