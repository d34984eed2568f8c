import type { FileSystem, Log } from '@weir/log';
import type { Clock, Entropy, Logger, Timers } from '@weir/runtime';
import type { OffsetIndex } from './offset-index.js';
import type { Placements } from './placements.js';

export interface SpoolOptions {
  /** Folder of the log; null keeps everything in memory. */
  readonly dir: string | null;
  /** Most bytes on disk. */
  readonly maxBytes: number;
  /** Frames older than this go; Infinity keeps them. */
  readonly maxAgeMs: number;
  /** A frame that the hub has not confirmed after this is written to disk. */
  readonly commitDelayMs: number;
  /** Most bytes in memory, about. */
  readonly memoryBytes: number;
  /** Software and version, noted with each epoch. */
  readonly agent: string;
}

export interface SpoolDeps {
  readonly clock: Clock;
  readonly timers: Timers;
  readonly entropy: Entropy;
  readonly logger: Logger;
  /** Identifies the present boot; the machine's when absent. */
  readonly boot?: string;
  readonly files?: FileSystem;
}

/** A log that was opened and read through. */
export interface OpenedLog {
  readonly log: Log;
  readonly index: OffsetIndex;
  readonly placements: Placements;
  readonly segmentBytes: number;
}
