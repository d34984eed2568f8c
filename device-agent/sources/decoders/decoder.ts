/** The port between a stream of bytes and the values in it. */
import type { ReadingValue } from '@weir/protocol';
import type { SourceRefusal } from '../source.js';

/**
 * Takes a stream in whatever pieces it comes; how it is cut changes nothing but times. No call throws, whatever the
 * bytes. Each byte ends in a decoded frame, between two frames as a delimiter, or in `discarded`.
 */
export interface Decoder {
  /** `monotonicUs`: when the chunk came. The values of a frame get the time at which its first byte came. */
  push(chunk: Uint8Array, monotonicUs: number): void;
  /** The stream has ended; what is unfinished is discarded. The decoder is of no use afterwards. */
  end(): void;
}

/** What decoders send to. */
export interface DecoderOutput {
  /** A field of a text format as a value of its channel's type; null when it is none. */
  parse(name: string, field: string): ReadingValue | null;
  value(name: string, value: ReadingValue, monotonicUs: number): void;
  refused(name: string, why: SourceRefusal, message: string): void;
  /** The view is valid during the call only. */
  discarded(bytes: Uint8Array, reason: string): void;
}

/**
 * What one kind of frame holds. Returns null when it was decoded, else why it was not: then nothing of it has been
 * sent on.
 */
export type FrameDecoder = (frame: Buffer, monotonicUs: number, out: DecoderOutput) => string | null;
