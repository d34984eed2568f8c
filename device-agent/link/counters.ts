import type { ErrorCode } from '@weir/protocol';

/** What a link has done in this run. */
export class LinkCounters {
  sessions = 0;
  framesSent = 0;
  /** Bytes of frames, all types, before WebSocket framing. */
  bytesSent = 0;
  /** Readings in frames handed to a socket at least once; each frame counts once however often it is sent. */
  readingsSent = 0;
  /** Those of `readingsSent` that the hub has confirmed, by an ack or in a welcome. */
  readingsAcked = 0;
  /** Those of `readingsSent` that the hub refused for good. */
  readingsRejected = 0;
  readonly rejects = new Map<ErrorCode, number>();

  /** Counts a refusal; true for the first of its code. */
  rejected(code: ErrorCode): boolean {
    const before = this.rejects.get(code) ?? 0;
    this.rejects.set(code, before + 1);
    return before === 0;
  }
}
