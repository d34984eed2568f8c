/**
 * The link's transport over a real WebSocket (`ws`): subprotocol `weir.v1`, a bearer token, no permessage-deflate, no
 * Nagle delay (ws sets TCP_NODELAY), bounded messages, handshake and closing in bounded time.
 */
import type { IncomingMessage } from 'node:http';
import { LIMITS, SUBPROTOCOL } from '@weir/protocol';
import { WeirError, messageOf, systemCode, type Timers } from '@weir/runtime';
import WebSocket from 'ws';
import type { Connection, ConnectionEvents, Transport } from './ports.js';

export interface WebSocketOptions {
  /** As `hubAddress` gives it. */
  readonly url: string;
  /** Asked for at every attempt, so that a token can be rotated. */
  readonly token: () => Promise<string>;
  /** The authority, in PEM, that alone may vouch for the hub (wss); absent: the well-known ones. Asked at every attempt. */
  readonly ca?: () => Promise<string>;
  readonly timers: Timers;
}

const CONNECT_PATH = '/api/v1/connect';
/** The hub's answer names it, the next request shows it (docs/protocol.md, section 4). */
const TICKET_HEADER = 'weir-ticket';
const HANDSHAKE_MS = 15_000;
const CLOSE_MS = 5_000;
/** More than this waiting in the socket is congestion. */
const CONGESTED_BYTES = 262_144;
/** With this much waiting the hub reads nothing at all: answers to its commands must not fill the memory. */
const UNREAD_BYTES_MAX = 4 * 2 ** 20;
const REASON_LENGTH = 100;
const ABNORMAL = 1006;
const SEND = { binary: true, compress: false };

/**
 * The address of a hub's endpoint for devices, with the name of the one that calls: a hub that turns it away can then say
 * whom. Takes ws, wss, http and https. Throws `config.invalid`.
 */
export function hubAddress(hub: string, device?: string): string {
  const url = URL.canParse(hub) ? new URL(hub) : null;
  const protocol = url?.protocol.replace(/^http/, 'ws');
  if (url === null || (protocol !== 'ws:' && protocol !== 'wss:'))
    throw new WeirError(
      'config.invalid',
      `"${hub}" is not the address of a hub, such as ws://hub.local:8087`,
    );
  url.protocol = protocol;
  url.hash = '';
  if (url.pathname === '/') url.pathname = CONNECT_PATH;
  if (device !== undefined) url.searchParams.set('device', device);
  return url.href;
}

export function webSocketTransport(options: WebSocketOptions): Transport {
  const turn: Turn = { ticket: null };
  return { connect: (events) => new WebSocketConnection(options, turn, events) };
}

/** What the hub gave to be shown at the next attempt. */
interface Turn {
  ticket: string | null;
}

class WebSocketConnection implements Connection {
  readonly #events: ConnectionEvents;
  readonly #timers: Timers;
  readonly #turn: Turn;
  #socket: WebSocket | null = null;
  #over = false;
  #error: string | null = null;
  #cancelClose: (() => void) | null = null;
  readonly #drained = (): void => {
    if (!this.#over && !this.congested) this.#events.writable();
  };

  constructor(options: WebSocketOptions, turn: Turn, events: ConnectionEvents) {
    this.#events = events;
    this.#turn = turn;
    this.#timers = options.timers;
    Promise.all([options.token(), options.ca?.()])
      .then(([token, ca]) => {
        if (!this.#over) this.#open(options.url, token, ca);
      })
      .catch((error: unknown) => this.#end(() => events.unreachable(`no connection: ${messageOf(error)}`)));
  }

  get congested(): boolean {
    return (this.#socket?.bufferedAmount ?? 0) > CONGESTED_BYTES;
  }

  send(bytes: Uint8Array): void {
    const socket = this.#socket;
    if (socket?.readyState !== WebSocket.OPEN) return;
    if (this.#endIfUnread(socket)) return;
    const full = socket.bufferedAmount + bytes.length > CONGESTED_BYTES;
    socket.send(bytes, SEND, full ? this.#drained : undefined);
  }

  close(code: number, reason: string): void {
    this.#over = true;
    const socket = this.#socket;
    if (socket === null || socket.readyState === WebSocket.CLOSED) return;
    this.#cancelClose = this.#timers.after(CLOSE_MS, () => socket.terminate());
    socket.close(code, reason.slice(0, REASON_LENGTH));
  }

  terminate(): void {
    this.#over = true;
    this.#socket?.terminate();
  }

  #open(url: string, token: string, ca: string | undefined): void {
    const events = this.#events;
    const { ticket } = this.#turn;
    this.#turn.ticket = null;
    const socket = new WebSocket(url, SUBPROTOCOL, {
      headers: { Authorization: `Bearer ${token}`, ...(ticket === null ? {} : { [TICKET_HEADER]: ticket }) },
      perMessageDeflate: false,
      handshakeTimeout: HANDSHAKE_MS,
      maxPayload: LIMITS.frameBytes,
      ...(ca === undefined ? {} : { ca }),
    });
    this.#socket = socket;
    let opened = false;
    socket.on('open', () => {
      opened = true;
      if (!this.#over) events.opened();
    });
    socket.on('message', (data: Buffer, isBinary: boolean) => {
      if (!this.#over) events.received(isBinary ? data : data.toString('utf8'));
    });
    const heard = (): void => {
      if (!this.#over) events.heard();
    };
    socket.on('ping', heard);
    socket.on('pong', heard);
    socket.on('unexpected-response', (request, response) => {
      this.#refused(response);
      request.destroy();
    });
    socket.on('error', (error) => {
      const reason = reasonOf(error);
      this.#error = reason;
      if (!opened) this.#end(() => events.unreachable(reason));
    });
    socket.on('close', (code, reason) => {
      this.#cancelClose?.();
      const lost = code === ABNORMAL ? (this.#error ?? 'the connection was lost') : 'closed by the hub';
      this.#end(() => events.closed(code, reason.toString('utf8') || lost));
    });
  }

  /** Ends the connection to a hub that sends and does not read, and says whether it did. */
  #endIfUnread(socket: WebSocket): boolean {
    if (socket.bufferedAmount <= UNREAD_BYTES_MAX) return false;
    this.#error = `the hub does not read: more than ${UNREAD_BYTES_MAX} bytes wait for it`;
    socket.terminate();
    return true;
  }

  #refused(response: IncomingMessage): void {
    const { statusCode = 0, statusMessage = '', headers } = response;
    const turnMs = turnAfter(headers['weir-retry-after-ms']);
    const retryAfterMs = turnMs ?? retryAfter(headers['retry-after']);
    this.#turn.ticket = ticketIn(headers[TICKET_HEADER]);
    response.resume();
    const message = `HTTP ${statusCode} ${statusMessage}`.trim();
    this.#end(() => this.#events.refused(statusCode, retryAfterMs, message, turnMs !== null));
  }

  #end(tell: () => void): void {
    if (this.#over) return;
    this.#over = true;
    tell();
  }
}

/** `Retry-After` (RFC 9110, section 10.2.3), seconds or a date, as ms from now. */
function retryAfter(header: string | undefined): number | null {
  if (header === undefined) return null;
  if (/^\d{1,9}$/.test(header.trim())) return Number(header) * 1000;
  const date = Date.parse(header);
  return Number.isNaN(date) ? null : Math.max(0, date - Date.now());
}

/** `Weir-Retry-After-Ms`: the delay meant for this device, ms; null where there is none. */
function turnAfter(header: string | string[] | undefined): number | null {
  return typeof header === 'string' && /^\d{1,12}$/.test(header) ? Number(header) : null;
}

/** A ticket that may be shown: printable, and not long. */
function ticketIn(header: string | string[] | undefined): string | null {
  return typeof header === 'string' && /^[\x21-\x7e]{1,64}$/.test(header) ? header : null;
}

/** How OpenSSL says that nobody whom we trust vouches for a certificate. */
const UNTRUSTED =
  /^(DEPTH_ZERO_SELF_SIGNED_CERT|SELF_SIGNED_CERT_IN_CHAIN|UNABLE_TO_(VERIFY_LEAF_SIGNATURE|GET_ISSUER_CERT.*))$/;

function reasonOf(error: Error): string {
  const untrusted = UNTRUSTED.test(systemCode(error) ?? '');
  return untrusted ? `${error.message}: tls.ca_file names the authority to trust` : error.message;
}
