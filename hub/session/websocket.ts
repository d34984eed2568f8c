/**
 * A session's port over `ws`.
 *
 *   socket ──message──► session.receive ──false──► held ──► offered again when the log has room
 *      ▲                                             │
 *      └────── paused while held or under pressure ──┘
 */
import { CloseCode, SUBPROTOCOL } from '@weir/protocol';
import { messageOf, WeirError, type Logger, type Timers } from '@weir/runtime';
import type { RawData, WebSocket } from 'ws';
import { deviceIn } from '../auth/refusals.js';
import type { HubConfig } from '../config.js';
import type { Pressure } from '../ingest/pressure.js';
import type { Door } from '../listen/door.js';
import type { UpgradeRoute } from '../listen/upgrades.js';
import type { ConnectionEnd } from '../registry/connection-history.js';
import type { SessionPort } from './port.js';
import type { ReadTime } from './read-time.js';
import type { Peer, Session } from './session.js';
import type { SessionTable } from './session-table.js';

/** Unsent bytes at which a device is taken to be not reading. */
const BUFFERED_BYTES_MAX = 4 * 2 ** 20;
/** What `ws` says where no close frame came (RFC 6455, 7.1.5). */
const ABNORMAL_CODE = 1006;
/** Time for the other end to answer a close. */
const CLOSE_MS = 2_000;

interface Held {
  readonly bytes: Uint8Array;
  readonly receivedUs: number;
}

export interface ConnectionParts {
  readonly sessions: SessionTable;
  readonly pressure: Pressure;
  readonly readTime: ReadTime;
  readonly timers: Timers;
  readonly logger: Logger;
}

export class DeviceConnection implements SessionPort {
  readonly #socket: WebSocket;
  readonly #parts: ConnectionParts;
  readonly #session: Session;
  readonly #ended: (end?: ConnectionEnd) => void;
  readonly #held: Held[] = [];
  #cancelRelief: (() => void) | null = null;
  #cancelClose: (() => void) | null = null;
  #flushScheduled = false;

  constructor(socket: WebSocket, peer: Peer, parts: ConnectionParts) {
    this.#socket = socket;
    this.#parts = parts;
    const { session, ended } = parts.sessions.begin(this, peer);
    this.#session = session;
    this.#ended = ended;
    socket.on('message', (data, isBinary) => this.#message(data, isBinary));
    // `ws` answers it, and ends who sends more of them than it reads answers.
    socket.on('ping', () => session.heard());
    socket.on('pong', () => session.heard());
    socket.on('error', (error) => {
      parts.logger.debug({ remote: peer.remote, reason: messageOf(error) }, 'socket error');
      if (isTooLong(error)) this.#ended({ by: 'hub', code: CloseCode.messageTooBig, reason: TOO_LONG });
    });
    socket.on('close', (code, reason) => this.#closed(code, reason.toString()));
  }

  get paused(): boolean {
    return this.#cancelRelief !== null;
  }

  send(frame: Uint8Array): void {
    if (this.#socket.readyState !== this.#socket.OPEN) return;
    if (!this.#endIfUnread()) this.#socket.send(frame, ignoreError);
  }

  ping(): void {
    if (this.#socket.readyState === this.#socket.OPEN) this.#socket.ping(undefined, undefined, ignoreError);
  }

  close(code: number, reason: string): void {
    this.#socket.resume();
    this.#socket.close(code, reason.slice(0, 100));
    this.#cancelClose ??= this.#parts.timers.after(CLOSE_MS, () => this.#socket.terminate());
  }

  terminate(): void {
    this.#socket.terminate();
  }

  flushSoon(): void {
    if (this.#flushScheduled) return;
    this.#flushScheduled = true;
    setImmediate(() => {
      this.#flushScheduled = false;
      this.#session.flush();
    });
  }

  /** Ends the connection of a device that sends and does not read, and says whether it did. */
  #endIfUnread(): boolean {
    if (this.#socket.bufferedAmount <= BUFFERED_BYTES_MAX) return false;
    const reason = `it does not read: more than ${BUFFERED_BYTES_MAX} bytes wait for it`;
    this.#ended({ by: 'hub', code: CloseCode.policyViolation, reason });
    this.#socket.terminate();
    return true;
  }

  #message(data: RawData, isBinary: boolean): void {
    const receivedUs = this.#parts.readTime.us;
    const bytes = isBinary && Buffer.isBuffer(data) ? data : TEXT_MESSAGE;
    if (this.#held.length > 0 || !this.#offer(bytes, receivedUs)) {
      // The socket's own chunk stays alive as long as the view of it: a copy is small.
      this.#held.push({ bytes: new Uint8Array(bytes), receivedUs });
    }
    if (this.#held.length > 0 || this.#parts.pressure.high) this.#pause();
  }

  /** False when the log has no room. Any other failure ends this connection and no other. */
  #offer(bytes: Uint8Array, receivedUs: number): boolean {
    try {
      return this.#session.receive(bytes, receivedUs);
    } catch (thrown) {
      const error = WeirError.from(thrown);
      this.#parts.logger.error({ err: error, device: this.#session.device?.name }, 'a connection failed');
      const abuse = error.code === 'hub.scattered_sequences';
      const code = abuse ? CloseCode.policyViolation : CloseCode.tryAgainLater;
      this.#session.goodbye(code, this.#parts.sessions.retryAfterMs(), error.message);
      return true;
    }
  }

  #pause(): void {
    if (this.#cancelRelief !== null) return;
    this.#socket.pause();
    this.#cancelRelief = this.#parts.pressure.relief(() => this.#relieved());
  }

  #relieved(): void {
    this.#cancelRelief = null;
    let held = this.#held[0];
    while (held !== undefined && this.#offer(held.bytes, held.receivedUs)) {
      this.#held.shift();
      held = this.#held[0];
    }
    if (held !== undefined || this.#parts.pressure.high) this.#pause();
    else this.#socket.resume();
  }

  #closed(code: number, reason: string): void {
    this.#cancelRelief?.();
    this.#cancelRelief = null;
    this.#cancelClose?.();
    this.#held.length = 0;
    this.#ended(code === ABNORMAL_CODE ? undefined : { by: 'device', code, reason });
  }
}

/** Every frame is a binary message: a text one is refused as what it is to a decoder, no frame at all. */
const TEXT_MESSAGE = new Uint8Array(0);

/** What the socket does by itself, without a goodbye: the message is not read to its end. */
const TOO_LONG = 'it sent a message of more than twice limits.frame_bytes';

function isTooLong(error: Error): boolean {
  return 'code' in error && error.code === 'WS_ERR_UNSUPPORTED_MESSAGE_LENGTH';
}

/** The socket's `close` event tells what there is to tell. */
function ignoreError(): void {
  return undefined;
}

/** A frame over the limit is still read, to refuse it by name and go on; a message over this many times it is cut off. */
const PAYLOAD_PER_FRAME = 2;

/** Where devices connect. */
export function deviceRoute(limits: HubConfig['limits'], door: Door, parts: ConnectionParts): UpgradeRoute {
  return {
    path: '/api/v1/connect',
    subprotocol: SUBPROTOCOL,
    roles: ['device'],
    payloadBytesMax: PAYLOAD_PER_FRAME * limits.frame_bytes,
    accept: (socket, { holder, remote, upgradedUs, query }) => {
      const peer = { holder, remote, upgradedUs, claimed: deviceIn(query) };
      return new DeviceConnection(socket, peer, parts);
    },
    door,
  };
}
