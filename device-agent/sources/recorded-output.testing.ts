/** An output that keeps all it is sent, for the tests of sources and decoders. */
import type { ReadingValue } from '@weir/protocol';
import { seededEntropy, silentLogger, systemClock, systemTimers } from '@weir/runtime';
import type { PortState, ReadingMeta, SourceDeps, SourceOutput, SourceRefusal } from './source.js';

export interface RecordedReading {
  readonly channel: string;
  readonly value: ReadingValue;
  readonly monotonicUs: number;
  readonly meta: ReadingMeta | undefined;
}

export class RecordedOutput implements SourceOutput {
  readonly readings: RecordedReading[] = [];
  readonly ports: { readonly state: PortState; readonly reason: string }[] = [];
  readonly discards: { readonly text: string; readonly bytes: number; readonly reason: string }[] = [];
  readonly refusals: { readonly channel: string; readonly why: SourceRefusal; readonly message: string }[] =
    [];

  reading(channel: string, value: ReadingValue, monotonicUs: number, meta?: ReadingMeta): void {
    this.readings.push({ channel, value, monotonicUs, meta });
  }

  port(state: PortState, reason: string): void {
    this.ports.push({ state, reason });
  }

  discarded(bytes: Uint8Array, reason: string): void {
    this.discards.push({ text: Buffer.from(bytes).toString('latin1'), bytes: bytes.length, reason });
  }

  refused(channel: string, why: SourceRefusal, message: string): void {
    this.refusals.push({ channel, why, message });
  }

  get values(): [channel: string, value: ReadingValue][] {
    return this.readings.map(({ channel, value }) => [channel, value]);
  }

  get discardedBytes(): number {
    return this.discards.reduce((sum, { bytes }) => sum + bytes, 0);
  }

  get states(): PortState[] {
    return this.ports.map(({ state }) => state);
  }

  /** The latest value of a channel. */
  latest(channel: string): ReadingValue | undefined {
    return this.readings.findLast((each) => each.channel === channel)?.value;
  }
}

/** The real clock and timers. */
export function realDeps(): SourceDeps {
  return { clock: systemClock, timers: systemTimers, entropy: seededEntropy(1), logger: silentLogger };
}
