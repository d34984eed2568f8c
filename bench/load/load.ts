import type { LatencySummary } from '../measure/latency.js';
import type { Server } from './wire-socket.js';

/** What a load process is told. */
export interface LoadOrder {
  readonly kind: 'weir' | 'flood';
  /** Flood: frames that may be on the way at a time, and the port where the server counts what it has taken. */
  readonly framesInFlight: number;
  readonly progressPort: number;
  readonly server: Server;
  readonly connections: number;
  readonly readingsPerFrame: number;
  readonly seed: number;
}

/** Where a load is, by its own clock. */
export interface LoadMark {
  readonly atUs: number;
  /** Frames handed to the kernel since the start. */
  readonly sent: number;
  /** Frames of these that the server has answered, or at least taken. */
  readonly answered: number;
  /** Bytes of prepared messages handed to the kernel. */
  readonly bytes: number;
  /** From write to answer, of what was answered since the mark before. */
  readonly latencyMs: LatencySummary;
}

/** One kind of load on one server: as much as it takes, from `start` to `stop`. */
export interface Load {
  /** Opens all connections; resolves when each is ready to send. */
  connect(): Promise<void>;
  start(): void;
  mark(): LoadMark;
  /** Sends no more, and waits for the answers that are due. */
  stop(): Promise<LoadMark>;
  /** Frames answered, by device; of a load without answers none. */
  answeredByDevice(): ReadonlyMap<string, number>;
}

/** First fault of any connection: with it the whole run has failed. */
export class LoadFault {
  #reject: (error: Error) => void = () => undefined;
  /** Rejects with the fault; never resolves. */
  readonly thrown = new Promise<never>((_, reject) => (this.#reject = reject));

  constructor() {
    this.thrown.catch(() => undefined);
  }

  raise(error: Error): void {
    this.#reject(error);
  }
}
