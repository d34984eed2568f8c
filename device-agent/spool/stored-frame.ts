/** A sequenced frame as the agent keeps it until the hub has settled it. */
export interface StoredFrame {
  readonly kind: 'describe' | 'readings' | 'gap';
  /** The epoch's id, never an index. */
  readonly epoch: number;
  readonly seq: number;
  /** Number of readings in it. */
  readonly readings: number;
  /** Monotonic time of its oldest reading, or at which it was made, in its own boot. */
  readonly takenUs: number;
  /** As encoded, with the epoch's id. Nobody writes into it. */
  readonly bytes: Uint8Array;
}
