/**
 * Cuts a byte stream into frames at delimiters: lines at CR or LF, SLIP packets at END.
 *
 *   ...rear of a frame | delimiter | frame | delimiter | delimiter | frame...
 *   `-- skipped or kept                                 `- empty: no frame
 *
 * - A frame longer than `maxBytes` is discarded up to its delimiter; the memory held is `maxBytes`, allocated once.
 * - A frame that lies within one chunk is handed on without a copy.
 * - Until the first delimiter after opening there is no telling a whole frame from the rear of one: with `join: skip`
 *   that part is discarded.
 */
export interface FramerOptions {
  /** One or two delimiting bytes. */
  readonly delimiters: readonly [number] | readonly [number, number];
  readonly maxBytes: number;
  readonly join: 'skip' | 'keep';
  /** The frame without delimiters, never empty; the view is valid during the call. Returns why it is no frame, or null. */
  frame(bytes: Buffer, monotonicUs: number): string | null;
  discarded(bytes: Uint8Array, reason: string): void;
}

const JOINED = 'joined in the middle of a frame';
const CUT_OFF = 'cut off when the port closed';

export class Framer {
  readonly #options: FramerOptions;
  readonly #first: number;
  readonly #second: number;
  readonly #held: Buffer;
  #heldBytes = 0;
  #heldUs = 0;
  /** Why everything up to the next delimiter is discarded; null while it is not. */
  #skipping: string | null;

  constructor(options: FramerOptions) {
    this.#options = options;
    this.#first = options.delimiters[0];
    this.#second = options.delimiters[1] ?? options.delimiters[0];
    this.#held = Buffer.allocUnsafeSlow(options.maxBytes);
    this.#skipping = options.join === 'skip' ? JOINED : null;
  }

  push(chunk: Uint8Array, monotonicUs: number): void {
    const bytes = Buffer.from(chunk.buffer, chunk.byteOffset, chunk.byteLength);
    let start = 0;
    for (let at = 0; at < bytes.length; at++) {
      const byte = bytes[at];
      if (byte !== this.#first && byte !== this.#second) continue;
      this.#close(bytes.subarray(start, at), monotonicUs);
      start = at + 1;
    }
    this.#hold(bytes.subarray(start), monotonicUs);
  }

  end(): void {
    this.#discardHeld(CUT_OFF);
  }

  /** The rest of a frame has come, and its delimiter. */
  #close(rest: Buffer, monotonicUs: number): void {
    if (this.#skipping === null && this.#heldBytes === 0 && rest.length <= this.#held.length) {
      this.#hand(rest, monotonicUs);
      return;
    }
    this.#hold(rest, monotonicUs);
    const frame = this.#held.subarray(0, this.#heldBytes);
    this.#skipping = null;
    this.#heldBytes = 0;
    this.#hand(frame, this.#heldUs);
  }

  #hand(frame: Buffer, monotonicUs: number): void {
    if (frame.length === 0) return;
    const fault = this.#options.frame(frame, monotonicUs);
    if (fault !== null) this.#options.discarded(frame, fault);
  }

  #hold(piece: Buffer, monotonicUs: number): void {
    if (piece.length === 0) return;
    if (this.#skipping === null && this.#heldBytes + piece.length > this.#held.length) {
      this.#skipping = `longer than ${this.#held.length} bytes`;
      this.#discardHeld(this.#skipping);
    }
    if (this.#skipping !== null) {
      this.#options.discarded(piece, this.#skipping);
      return;
    }
    if (this.#heldBytes === 0) this.#heldUs = monotonicUs;
    piece.copy(this.#held, this.#heldBytes);
    this.#heldBytes += piece.length;
  }

  #discardHeld(reason: string): void {
    if (this.#heldBytes > 0) this.#options.discarded(this.#held.subarray(0, this.#heldBytes), reason);
    this.#heldBytes = 0;
  }
}
