import type { Clock, Logger, Timers } from '@weir/runtime';
import type { FileSystem } from './files.js';
import type { Retention } from './retention.js';

export interface LogOptions {
  /** A segment ends before it grows beyond this. Default 64 MiB, or an eighth of `retention.bytes` if that is less. */
  readonly segmentBytes?: number;
  /** Waits this long for more records before each write, to spare an SD card. Default 0. */
  readonly commitDelayMs?: number;
  /** Most bytes appended and not yet durable. Default 32 MiB. */
  readonly maxPendingBytes?: number;
  /** What `enforceRetention` keeps. Default: everything. */
  readonly retention?: Retention;
  /** The highest offset that any reader has kept. Should the log end before it, new records come behind it. Default 0. */
  readonly floor?: number;
  /** Time between tries while the disk is full or failing. Default 1 s. */
  readonly retryMs?: number;
  readonly files?: FileSystem;
  readonly clock?: Clock;
  /** Identifies the machine's present boot, where `clock` is not the machine's own. */
  readonly boot?: string;
  readonly timers?: Timers;
  readonly logger?: Logger;
}

const SEGMENT_BYTES = 64 * 2 ** 20;
const SEGMENTS_PER_RETENTION = 8;

/** `segmentBytes`, or its default. */
export function segmentBytesOf({ segmentBytes, retention }: LogOptions): number {
  if (segmentBytes !== undefined) return segmentBytes;
  return Math.min(SEGMENT_BYTES, Math.ceil((retention?.bytes ?? Infinity) / SEGMENTS_PER_RETENTION));
}
