/**
 * Messages that the hub has sent and the broker has not yet made room for. At `HIGH_BYTES` the socket stops being read,
 * so that TCP holds the hub back; below `LOW_BYTES` it is read again. Beyond the mark come at most the one message that
 * crossed it and what the socket had already read (64 KiB): memory does not grow with the broker's slowness.
 */
import type { WebSocket } from 'ws';

const HIGH_BYTES = 1_048_576;
const LOW_BYTES = 262_144;

export class Inbox {
  readonly #socket: Pick<WebSocket, 'pause' | 'resume' | 'isPaused'>;
  readonly #texts: string[] = [];
  #bytes = 0;
  #failure: Error | null = null;
  #waiting: { resolve: (text: string) => void; reject: (error: Error) => void } | null = null;

  constructor(socket: Pick<WebSocket, 'pause' | 'resume' | 'isPaused'>) {
    this.#socket = socket;
  }

  put(text: string): void {
    const waiting = this.#waiting;
    this.#waiting = null;
    if (waiting !== null) return waiting.resolve(text);
    this.#texts.push(text);
    this.#bytes += text.length;
    if (this.#bytes >= HIGH_BYTES) this.#socket.pause();
  }

  /** No more will come. What has come is still handed out first. */
  fail(error: Error): void {
    this.#failure ??= error;
    this.#waiting?.reject(this.#failure);
    this.#waiting = null;
  }

  /** The next message, in order. Rejects once the stream has failed and all is taken. One caller at a time. */
  take(): Promise<string> {
    const text = this.#texts.shift();
    if (text === undefined) {
      if (this.#failure !== null) return Promise.reject(this.#failure);
      return new Promise((resolve, reject) => (this.#waiting = { resolve, reject }));
    }
    this.#bytes -= text.length;
    if (this.#socket.isPaused && this.#bytes <= LOW_BYTES) this.#socket.resume();
    return Promise.resolve(text);
  }
}
