/**
 * Gathers sampled readings into frames, one column per channel:
 *
 *   Sampled.reading -> column of its channel ... -> flush -> describe (new channels), readings (all columns)
 *
 * A flush comes when the oldest reading has waited `maxDelayMs`, when `maxReadings` are here, or when one more could
 * take the frame over the hub's limits. A describe always goes before the readings that need it, one for each channel, so
 * that a hub that refuses one channel refuses no other with it. Sizes are upper bounds counted as readings come in, so that no frame has to be encoded twice.
 */
import { LIMITS, type ChannelDescription, type Column, type Limits, type ReadingValue } from '@weir/protocol';
import type { Timers } from '@weir/runtime';
import type { Sampled } from '../sampler/sampler.js';
import { growingColumn, type GrowingColumn } from './column.js';

/** What a batch becomes. Column views are valid during the call only. */
export interface BatchOutput {
  describe(channels: readonly ChannelDescription[]): void;
  /** `count` readings, the oldest taken at `oldestUs` (monotonic). */
  readings(columns: readonly Column[], count: number, oldestUs: number): void;
}

export interface BatchOptions {
  readonly maxDelayMs: number;
  readonly maxReadings: number;
}

export const BATCH_DEFAULTS: BatchOptions = Object.freeze({ maxDelayMs: 50, maxReadings: 500 });

const FRAME_BYTES = 64;
const COLUMN_BYTES = 48;
/** A time and a number, each with its CBOR header. */
const READING_BYTES = 18;
/** A UTF-16 unit takes at most three bytes of UTF-8. */
const TEXT_UNIT_BYTES = 3;
export class Batcher implements Sampled {
  readonly #out: BatchOutput;
  readonly #timers: Timers;
  readonly #maxDelayMs: number;
  readonly #maxReadings: number;
  readonly #columns: (GrowingColumn | undefined)[] = [];
  #described = new Map<number, ChannelDescription>();
  #used: GrowingColumn[] = [];
  #limits: Pick<Limits, 'frameBytes' | 'readingsPerFrame'> = LIMITS;
  #count = 0;
  #bytes = FRAME_BYTES;
  #oldestUs = Infinity;
  readonly #muted = new Set<number>();
  #readingsMuted = 0;
  #cancelFlush: (() => void) | null = null;

  constructor(out: BatchOutput, timers: Timers, options: BatchOptions = BATCH_DEFAULTS) {
    this.#out = out;
    this.#timers = timers;
    this.#maxDelayMs = options.maxDelayMs;
    this.#maxReadings = options.maxReadings;
  }

  /** Keeps later frames within what the hub said in `welcome`. */
  limit(limits: Pick<Limits, 'frameBytes' | 'readingsPerFrame'>): void {
    this.#limits = {
      frameBytes: Math.min(limits.frameBytes, LIMITS.frameBytes),
      readingsPerFrame: Math.min(limits.readingsPerFrame, LIMITS.readingsPerFrame),
    };
  }

  /** Readings left out because the hub refuses their channel. */
  get readingsMuted(): number {
    return this.#readingsMuted;
  }

  /** The hub takes no readings of these channels: later ones are only counted. */
  mute(channels: readonly number[]): void {
    for (const channel of channels) this.#muted.add(channel);
  }

  describe(channels: readonly ChannelDescription[]): void {
    for (const channel of channels) {
      this.#columns[channel.index] ??= growingColumn(channel.index, channel.type);
      this.#described.set(channel.index, channel);
    }
    this.#flushLater();
  }

  reading(channel: number, timeUs: number, value: ReadingValue): void {
    const column = this.#columns[channel];
    if (column === undefined) throw new RangeError(`channel ${channel} was not described`);
    if (this.#muted.has(channel)) {
      this.#readingsMuted++;
      return;
    }
    const text = typeof value === 'string' ? value.length * TEXT_UNIT_BYTES : 0;
    if (this.#count > 0 && !this.#fits(READING_BYTES + COLUMN_BYTES + text)) this.flush();
    if (column.length === 0) {
      this.#used.push(column);
      this.#bytes += COLUMN_BYTES;
    }
    column.push(timeUs, value);
    this.#bytes += READING_BYTES + text;
    if (timeUs < this.#oldestUs) this.#oldestUs = timeUs;
    if (++this.#count >= this.#maxReadings) this.flush();
    else this.#flushLater();
  }

  /** Hands on what is here now. */
  flush(): void {
    this.#cancelFlush?.();
    this.#cancelFlush = null;
    if (this.#described.size > 0) this.#flushDescriptions();
    if (this.#count > 0) this.#flushReadings();
  }

  #fits(bytes: number): boolean {
    return this.#count < this.#limits.readingsPerFrame && this.#bytes + bytes <= this.#limits.frameBytes;
  }

  #flushLater(): void {
    this.#cancelFlush ??= this.#timers.after(this.#maxDelayMs, () => this.flush());
  }

  #flushDescriptions(): void {
    const channels = [...this.#described.values()];
    this.#described = new Map();
    for (const channel of channels) this.#out.describe([channel]);
  }

  #flushReadings(): void {
    const used = this.#used;
    const count = this.#count;
    const oldestUs = this.#oldestUs;
    this.#used = [];
    this.#count = 0;
    this.#bytes = FRAME_BYTES;
    this.#oldestUs = Infinity;
    try {
      this.#out.readings(
        used.map((column) => column.view()),
        count,
        oldestUs,
      );
    } finally {
      for (const column of used) column.clear();
    }
  }
}
