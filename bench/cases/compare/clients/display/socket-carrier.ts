import { WeirError } from '@weir/runtime';
import { WebSocket } from 'ws';
import type { Carrier, CarrierEvents, PageTarget, StreamMessage } from './carrier.js';

const SUBPROTOCOL = 'weir.stream.v1';

/** The stream's WebSocket. */
export class SocketCarrier implements Carrier {
  readonly polls = null;
  readonly #target: PageTarget;
  readonly #events: CarrierEvents;
  #socket: WebSocket | null = null;

  constructor(target: PageTarget, events: CarrierEvents) {
    this.#target = target;
    this.#events = events;
  }

  open(): Promise<void> {
    const { url, token, devices } = this.#target;
    const query = new URLSearchParams({ from: 'now', device: devices }).toString();
    const address = `${url.replace(/^http/, 'ws').replace(/\/+$/, '')}/api/v1/stream?${query}`;
    const socket = new WebSocket(address, SUBPROTOCOL, {
      headers: { authorization: `Bearer ${token}` },
      perMessageDeflate: false,
    });
    this.#socket = socket;
    return new Promise((resolve, reject) => {
      const fail = (reason: string): void => {
        const error = new WeirError('bench.refused', `the WebSocket of the hub's stream: ${reason}`);
        reject(error);
        if (this.#socket !== null) this.#events.failed(error);
        this.#socket = null;
      };
      socket.on('message', (data: Buffer) => {
        const message = JSON.parse(data.toString()) as StreamMessage;
        this.#events.messages([message]);
        if (message.type === 'caught_up') resolve();
      });
      socket.on('error', ({ message }) => fail(message));
      socket.on('close', (code, reason) => fail(`closed with ${code} ${reason.toString()}`));
    });
  }

  start(): void {
    return undefined;
  }

  close(): void {
    const socket = this.#socket;
    this.#socket = null;
    socket?.terminate();
  }
}
