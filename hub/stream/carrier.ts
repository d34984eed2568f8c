import type { StreamMessage } from './messages.js';

export type CarrierName = 'websocket' | 'sse';

/** Why a subscription ends from the hub's side, and when its subscriber should come back. */
export interface Ending {
  /** A close code of docs/protocol.md, 11.3. */
  readonly code: number;
  readonly reason: string;
  readonly retryAfterMs: number;
}

/** What brings the messages of a subscription to its subscriber. */
export interface Carrier {
  readonly name: CarrierName;
  /** Bytes that the kernel has not taken yet. */
  readonly bufferedBytes: number;
  /** `sent` once the kernel has it; never when the connection is gone. */
  send(message: StreamMessage, sent: () => void): void;
  /** A third of the deadline has passed: shows that the hub lives, ends where nobody is at the other end. */
  tick(): void;
  end(ending: Ending): void;
  /** Calls back once, when the connection is gone. */
  onClose(listener: () => void): void;
}

const SILENT_TICKS_MAX = 3;

/** Counts the ticks at which nothing had been heard of the other end. */
export class Silence {
  #heard = true;
  #ticks = 0;

  readonly heard = (): void => {
    this.#heard = true;
  };

  /** Was there nothing for too long? */
  tick(): boolean {
    this.#ticks = this.#heard ? 0 : this.#ticks + 1;
    this.#heard = false;
    return this.#ticks >= SILENT_TICKS_MAX;
  }
}
