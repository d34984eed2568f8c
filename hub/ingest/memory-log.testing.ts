import type { LogState } from '@weir/log';
import { WeirError } from '@weir/runtime';
import { decodeRecord, type HubRecord } from './record.js';
import type { LogPort } from './log-port.js';

/** A log in memory that is "on disk" when the test says so. */
export class MemoryLog implements LogPort {
  /** The frames of each record. */
  readonly runs: HubRecord[][] = [];
  end = 0;
  durable = 0;
  state: LogState = 'ok';
  /** Appends fail with `log.overloaded` while set. */
  full = false;
  /** And with `log.closed`. */
  closed = false;
  readonly #durableListeners = new Set<(durable: number) => void>();
  readonly #stateListeners = new Set<(state: LogState) => void>();

  /** One for each frame. */
  get records(): HubRecord[] {
    return this.runs.flat();
  }

  get room(): number {
    return this.full ? 0 : Infinity;
  }

  get pendingBytes(): number {
    return this.end - this.durable;
  }

  append(...parts: Uint8Array[]): number {
    if (this.closed) throw new WeirError('log.closed', 'the test log is closed');
    if (this.full) throw new WeirError('log.overloaded', 'the test log is full', { retryable: true });
    const bytes = Buffer.concat(parts);
    this.runs.push(decodeRecord(bytes));
    this.end += 8 + bytes.length;
    return this.end;
  }

  /** Puts what was appended on disk. */
  commit(upTo = this.end): void {
    this.durable = upTo;
    for (const listener of this.#durableListeners) listener(upTo);
  }

  enter(state: LogState): void {
    this.state = state;
    for (const listener of this.#stateListeners) listener(state);
  }

  onDurable(listener: (durable: number) => void): () => void {
    this.#durableListeners.add(listener);
    return () => this.#durableListeners.delete(listener);
  }

  onState(listener: (state: LogState) => void): () => void {
    this.#stateListeners.add(listener);
    return () => this.#stateListeners.delete(listener);
  }
}
