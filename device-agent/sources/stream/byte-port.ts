/** The seam between a stream of bytes and the library that brings it. */

/** What one opening reports, in this order: `opened` at most once, `data`, `closed` exactly once unless closed by hand. */
export interface BytePortEvents {
  opened(): void;
  data(chunk: Uint8Array): void;
  /** It ended, or could not be opened, and why. */
  closed(reason: string): void;
}

export interface BytePort {
  /** Begins to open; returns what closes it by hand, in any state, after which no event comes. */
  open(events: BytePortEvents): () => Promise<void>;
}
