import type { LogPort } from './log-port.js';

/** Share of the log's pending limit at which sockets are paused, and below which they go on. */
const HIGH = 1 / 2;
const LOW = 1 / 4;

/**
 * Tells when to stop reading from sockets because the disk does not keep up. What a paused socket has already handed
 * over waits in its connection; nothing is dropped, TCP holds the sender back.
 */
export class Pressure {
  readonly #log: LogPort;
  readonly #pendingMax: number;
  readonly #waiting = new Set<() => void>();
  readonly #stops: (() => void)[];

  constructor(log: LogPort, pendingMax: number) {
    this.#log = log;
    this.#pendingMax = pendingMax;
    this.#stops = [log.onDurable(() => this.#relieve()), log.onState(() => this.#relieve())];
  }

  get high(): boolean {
    return this.#log.pendingBytes > this.#pendingMax * HIGH;
  }

  /** Connections that wait for relief. */
  get paused(): number {
    return this.#waiting.size;
  }

  /** Calls back once when there is room again. Returns what cancels. */
  relief(resume: () => void): () => void {
    this.#waiting.add(resume);
    return () => this.#waiting.delete(resume);
  }

  close(): void {
    for (const stop of this.#stops) stop();
    this.#waiting.clear();
  }

  #relieve(): void {
    if (this.#log.pendingBytes > this.#pendingMax * LOW) return;
    const waiting = [...this.#waiting];
    this.#waiting.clear();
    for (const resume of waiting) resume();
  }
}
