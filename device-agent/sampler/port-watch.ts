/**
 * Turns what a source says of its port into readings of two channels of its own: `NAME/port` (text, the state, and
 * after a colon the reason unless it is open) and `NAME/discarded_bytes` (B, the sum since the start, at most one
 * reading a second, the last sum always among them).
 */
import type { ReadingValue } from '@weir/protocol';
import type { Clock, Logger, Timers } from '@weir/runtime';
import type { PortState, ReadingMeta } from '../sources/source.js';
import { DISCARDED_CHANNEL, PORT_CHANNEL } from './channel-table.js';

const DISCARDED_EVERY_MS = 1000;
const REASON_LENGTH = 200;
const SAMPLE_BYTES = 48;
const BYTES: ReadingMeta = { unit: 'B' };

/** What is known of a source's port, for `weir explain` and the statistics. */
export interface PortStatus {
  readonly source: string;
  /** Null: this source has no port, or has not said yet. */
  readonly state: PortState | null;
  readonly reason: string;
  readonly discardedBytes: number;
  /** Why bytes were discarded last; '' when none were. */
  readonly discardedReason: string;
}

export interface PortWatchDeps {
  readonly clock: Clock;
  readonly timers: Timers;
  readonly logger: Logger;
  readonly record: (channel: string, value: ReadingValue, monotonicUs: number, meta?: ReadingMeta) => void;
}

export class PortWatch {
  readonly #source: string;
  readonly #deps: PortWatchDeps;
  #state: PortState | null = null;
  #reason = '';
  #discardedBytes = 0;
  #discardedReason = '';
  #cancelReport: (() => void) | null = null;

  constructor(source: string, deps: PortWatchDeps) {
    this.#source = source;
    this.#deps = deps;
  }

  port(state: PortState, reason: string): void {
    const short = reason.slice(0, REASON_LENGTH);
    if (state === this.#state && short === this.#reason) return;
    this.#state = state;
    this.#reason = short;
    const { logger, clock, record } = this.#deps;
    logger[state === 'waiting' ? 'warn' : 'info']({ source: this.#source, reason: short }, `port ${state}`);
    record(PORT_CHANNEL, state === 'open' ? state : `${state}: ${short}`, clock.monotonicUs());
  }

  discarded(bytes: Uint8Array, reason: string): void {
    if (bytes.length === 0) return;
    this.#discardedBytes += bytes.length;
    this.#discardedReason = reason.slice(0, REASON_LENGTH);
    const { logger, timers } = this.#deps;
    if (logger.isLevelEnabled('debug'))
      logger.debug({ source: this.#source, reason, ...sampleOf(bytes) }, 'discarded');
    this.#cancelReport ??= timers.after(DISCARDED_EVERY_MS, () => this.flush());
  }

  /** Records the sum of discarded bytes now, if it has changed since it was recorded last. */
  flush(): void {
    if (this.#cancelReport === null) return;
    this.#cancelReport();
    this.#cancelReport = null;
    this.#deps.record(DISCARDED_CHANNEL, this.#discardedBytes, this.#deps.clock.monotonicUs(), BYTES);
  }

  status(): PortStatus {
    return {
      source: this.#source,
      state: this.#state,
      reason: this.#reason,
      discardedBytes: this.#discardedBytes,
      discardedReason: this.#discardedReason,
    };
  }
}

function sampleOf(bytes: Uint8Array): { bytes: number; hex: string } {
  const head = Buffer.from(bytes.buffer, bytes.byteOffset, Math.min(bytes.length, SAMPLE_BYTES));
  return { bytes: bytes.length, hex: head.toString('hex') };
}
