import type { WebSocket } from 'ws';
import { Silence } from '../listen/silence.js';
import type { Carrier, Ending } from './carrier.js';
import type { StreamMessage } from './messages.js';

/** Each message a text frame. The other end lives while it answers pings. */
export class WebSocketCarrier implements Carrier {
  readonly name = 'websocket';
  readonly #socket: WebSocket;
  readonly #silence = new Silence();

  constructor(socket: WebSocket, closed: () => void) {
    this.#socket = socket;
    socket.on('close', closed);
    for (const event of ['message', 'ping', 'pong'] as const) socket.on(event, this.#silence.heard);
  }

  get bufferedBytes(): number {
    return this.#socket.bufferedAmount;
  }

  send({ text }: StreamMessage, sent: () => void): void {
    if (!this.#open) return;
    this.#socket.send(text, (error) => {
      if (!error) sent();
    });
  }

  tick(): void {
    if (this.#silence.tick()) return this.#socket.terminate();
    if (this.#open) this.#socket.ping();
  }

  end({ code, reason }: Ending): void {
    this.#socket.close(code, reason);
  }

  get #open(): boolean {
    return this.#socket.readyState === this.#socket.OPEN;
  }
}
