/** What a session asks of its connection. Bytes, time and chance come in; these effects go out. */
export interface SessionPort {
  /** Queues one frame. Never blocks, never throws. */
  send(frame: Uint8Array): void;
  /** Asks the other end for a sign of life. */
  ping(): void;
  /** Begins the closing handshake; the connection ends soon after in any case. */
  close(code: number, reason: string): void;
  /** Ends the connection at once. */
  terminate(): void;
  /** Calls `flush` of the session once, before long: what happens until then shares one frame. */
  flushSoon(): void;
  /** Is the connection not being read, because the log is behind? */
  readonly paused: boolean;
}
