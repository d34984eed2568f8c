import type { LatencySummary } from '../measure/latency.js';
import type { Server } from './wire-socket.js';

/** What a load process is told. */
export interface LoadOrder {
  readonly kind: 'weir' | 'bare' | 'mqtt' | 'post-kept' | 'post-new';
  readonly server: Server;
  readonly connections: number;
  readonly readingsPerFrame: number;
  readonly seed: number;
  /** Frames a second of all connections together; null for as many as the server lets. */
  readonly framesPerS: number | null;
  /** Frames of one connection that may be unanswered; a hub says so itself. */
  readonly window: number;
  /** Where a bare sink counts what it has taken; 0 where there is none. */
  readonly progressPort: number;
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
  /** From write (paced: from when it was due) to answer, of what was answered since the mark before. */
  readonly latencyMs: LatencySummary;
}

/** One kind of load on one server, from `start` to `stop`. */
export interface Load {
  /** Opens all connections; resolves when each is ready to send. */
  connect(): Promise<void>;
  start(): void;
  mark(): LoadMark;
  /** Sends no more, and waits for the answers that are due. */
  stop(): Promise<LoadMark>;
  /** Frames answered, by device; empty where nothing is answered. */
  answeredByDevice(): ReadonlyMap<string, number>;
}

/** `bench-00001` and so on. */
export function deviceName(number: number): string {
  return `bench-${String(number).padStart(5, '0')}`;
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
