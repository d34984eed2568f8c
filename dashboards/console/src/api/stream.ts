/**
 * Live readings over one WebSocket that comes back by itself.
 *
 *            open()                  socket opens               socket closes, or is silent on opening
 *   [idle] ----------> [connecting] ---------------> [open] ----------------------------------------+
 *                          ^                                                                        |
 *                          +---------- full jitter, or retryNow() --------- [waiting] <-------------+
 *
 * Invariants: after a break the stream goes on from the last cursor received, so that nothing is missed or shown twice;
 * failures are forgotten only after a session that lasted `STABLE_MS`; after `close()` no listener is called.
 */
import { retryDelayMs } from './backoff.js';
import { apiUrl } from './client.js';
import { decodeStreamMessage } from './decode.js';
import type { StreamMessage } from './types.js';

/** What this page calls itself in the hub's list of readers. */
export const CONSOLE_NAME = 'console';

const STABLE_MS = 10_000;
const OPENING_MS = 10_000;

export type StreamState =
  /** `again`: after a break. */
  | { readonly name: 'connecting'; readonly again: boolean }
  | { readonly name: 'open' }
  /** `retryAtMs` by performance.now(). */
  | { readonly name: 'waiting'; readonly retryAtMs: number };

export interface StreamOptions {
  readonly token: string;
  readonly device: string;
  /** Where to begin: a cursor or `now`. */
  readonly from: string;
  readonly onMessage: (message: StreamMessage) => void;
  readonly onState: (state: StreamState) => void;
}

export class HubStream {
  readonly #options: StreamOptions;
  #cursor: string;
  #socket: WebSocket | null = null;
  #timer = 0;
  #failures = 0;
  #closed = false;

  constructor(options: StreamOptions) {
    this.#options = options;
    this.#cursor = options.from;
    this.#connect();
  }

  /** Does not wait for the rest of the delay. */
  retryNow(): void {
    if (this.#socket !== null || this.#closed) return;
    clearTimeout(this.#timer);
    this.#connect();
  }

  close(): void {
    this.#closed = true;
    clearTimeout(this.#timer);
    this.#socket?.close();
    this.#socket = null;
  }

  #connect(): void {
    const { device } = this.#options;
    // A page shows what is now: a flood of old readings it draws from the store, when they are there.
    const url = apiUrl('stream', { device, from: this.#cursor, mode: 'live', name: CONSOLE_NAME });
    url.protocol = url.protocol === 'https:' ? 'wss:' : 'ws:';
    const socket = new WebSocket(url, ['weir.stream.v1', `bearer.${this.#options.token}`]);
    this.#socket = socket;
    this.#options.onState({ name: 'connecting', again: this.#failures > 0 });
    this.#timer = window.setTimeout(() => socket.close(), OPENING_MS);
    socket.onopen = () => this.#opened();
    socket.onmessage = (event: MessageEvent<unknown>) => this.#received(event.data);
    socket.onclose = () => this.#lost(socket);
  }

  #opened(): void {
    clearTimeout(this.#timer);
    if (this.#closed) return;
    this.#timer = window.setTimeout(() => (this.#failures = 0), STABLE_MS);
    this.#options.onState({ name: 'open' });
  }

  #received(data: unknown): void {
    if (this.#closed || typeof data !== 'string') return;
    const message = readable(data);
    if (message === null) return;
    if ('cursor' in message && message.cursor !== '') this.#cursor = message.cursor;
    this.#options.onMessage(message);
  }

  #lost(socket: WebSocket): void {
    if (this.#closed || socket !== this.#socket) return;
    clearTimeout(this.#timer);
    this.#socket = null;
    const delayMs = retryDelayMs(this.#failures++);
    this.#timer = window.setTimeout(() => this.#connect(), delayMs);
    this.#options.onState({ name: 'waiting', retryAtMs: performance.now() + delayMs });
  }
}

/** A message that cannot be read is one more thing that is not shown, so it is told like a stretch that was skipped. */
function readable(text: string): StreamMessage | null {
  try {
    return decodeStreamMessage(text);
  } catch {
    return { type: 'skipped', reason: 'a message of the hub could not be read' };
  }
}
