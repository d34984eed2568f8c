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
}

/** Makes the carrier of a subscription that begins at a cursor; it calls `closed` once, later, when its connection is gone. */
export type Carry = (cursor: number, closed: () => void) => Carrier;
