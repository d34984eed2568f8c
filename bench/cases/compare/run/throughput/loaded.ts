/** A server under as much load as it takes, at the hub's end of a link. */
import type { LoadOrder } from '../../../../load/load.js';
import type { Server } from '../../../../load/wire-socket.js';
import type { ProcessUse } from '../../../../measure/process-meter.js';

export interface Loaded {
  /** As it is reached across the link. */
  readonly far: Server;
  readonly kind: LoadOrder['kind'];
  readonly pid: number;
  /** What its process has used since it began. */
  use(): ProcessUse;
  /**
   * Waits until all that was answered has got to where it is to stay: the hub's store, or the broker's subscriber. Rejects with
   * `bench.store_behind`, and with `bench.wrong_count` unless each is there, and once.
   */
  stored(answered: ReadonlyMap<string, number>): Promise<void>;
  end(): Promise<void>;
}

/** Longest wait for that, s: with large messages tens of millions of readings are on the way when the load stops. */
export const DRAIN_S = 300;
