/**
 * A device that does nothing but be there: it connects, says hello, answers pings, and comes back when it has to, with the
 * agent's own manners.
 *
 *   away ──connect──► opening ──101──► greeting ──welcome──► live ──goodbye, close──► away
 *     ▲                  │ refused, unreachable
 *     └──── retryDelayMs ┘
 */
import type { IncomingMessage } from 'node:http';
import { retryDelayMs, type ConnectionEnd } from '@weir/device-agent';
import { decodeFrame, encodeFrame, FrameType, SUBPROTOCOL } from '@weir/protocol';
import { systemEntropy } from '@weir/runtime';
import { WebSocket } from 'ws';

export interface CrowdOrder {
  readonly port: number;
  readonly token: string;
  readonly devices: number;
  /** Whether the server is a hub, which is told hello and answers; a bare one takes the upgrade and no more. */
  readonly isHub: boolean;
}

export interface CrowdDeviceEvents {
  live(): void;
  /** A connection ended, or none came about. */
  away(end: ConnectionEnd): void;
}

/** Addresses of this machine's loopback that devices connect from: one alone may have too few ports. */
const ADDRESSES = 8;
const ABNORMAL = 1006;

export class CrowdDevice {
  readonly #order: CrowdOrder;
  readonly #events: CrowdDeviceEvents;
  readonly #localAddress: string;
  readonly #hello: Uint8Array;
  #socket: WebSocket | null = null;
  #timer: NodeJS.Timeout | null = null;
  #ticket: string | null = null;
  #goodbye: ConnectionEnd | null = null;
  #attempt = 0;
  #over = false;

  constructor(order: CrowdOrder, index: number, events: CrowdDeviceEvents) {
    this.#order = order;
    this.#events = events;
    this.#localAddress = `127.0.0.${1 + (index % ADDRESSES)}`;
    const epochs = [{ epoch: 2 ** 40 + index, held: null, anchor: null, deviceUtcUs: null }];
    this.#hello = encodeFrame({
      ...{ type: 'hello', version: 1, device: `crowd-${index}`, agent: 'weir-bench' },
      ...{ monotonicUs: 1e9, epochs },
    });
  }

  connect(): void {
    const { port, token, isHub } = this.#order;
    const headers: Record<string, string> = { authorization: `Bearer ${token}` };
    if (this.#ticket !== null) headers['weir-ticket'] = this.#ticket;
    this.#ticket = null;
    this.#goodbye = null;
    const socket = new WebSocket(`ws://127.0.0.1:${port}/api/v1/connect`, SUBPROTOCOL, {
      ...{ headers, localAddress: this.#localAddress, perMessageDeflate: false },
    });
    this.#socket = socket;
    let error = '';
    socket.on('open', () => (isHub ? socket.send(this.#hello) : this.#events.live()));
    socket.on('message', (data: Buffer) => this.#message(data));
    socket.on('unexpected-response', (request, response) => {
      this.#away(this.#refusal(response));
      response.resume();
      request.destroy();
    });
    socket.on('error', ({ message }) => (error = message));
    socket.on('close', (code) => {
      const failed = code === ABNORMAL && error !== '';
      const end: ConnectionEnd = failed
        ? { how: 'unreachable', message: error }
        : { how: 'closed', code, message: '' };
      this.#away(this.#goodbye ?? end);
    });
  }

  /** Ends it for good. */
  stop(): void {
    this.#over = true;
    if (this.#timer !== null) clearTimeout(this.#timer);
    this.#socket?.terminate();
  }

  #message(data: Buffer): void {
    const type = data[1];
    if (type === FrameType.welcome) {
      this.#attempt = 0;
      this.#events.live();
    } else if (type === FrameType.goodbye) {
      const frame = decodeFrame(data);
      if (frame.type === 'goodbye') this.#goodbye = { ...frame, how: 'goodbye' };
      this.#socket?.close();
    }
  }

  #refusal({ statusCode: status = 0, headers }: IncomingMessage): ConnectionEnd {
    const { 'weir-retry-after-ms': turn, 'weir-ticket': ticket, 'retry-after': seconds } = headers;
    this.#ticket = typeof ticket === 'string' ? ticket : null;
    const isTurn = typeof turn === 'string';
    const retryAfterMs = isTurn ? Number(turn) : seconds === undefined ? null : 1000 * Number(seconds);
    return { how: 'refused', status, retryAfterMs, isTurn, message: '' };
  }

  #away(end: ConnectionEnd): void {
    if (this.#over) return;
    this.#events.away(end);
    this.#timer = setTimeout(() => this.connect(), retryDelayMs(end, this.#attempt++, systemEntropy));
  }
}
