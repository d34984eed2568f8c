/** A TCP connection to the hub on which anything can be said. */
import { once } from 'node:events';
import { connect, type Socket } from 'node:net';
import { waitFor } from '@weir/testing';
import { onTestFinished } from 'vitest';
import type { Hub } from '../main.js';
import { upgradeRequest } from './fuzzed-hub.testing.js';

export class RawSocket {
  readonly socket: Socket;
  readonly #received: Buffer[] = [];
  /** The other end said that it has no more to say, or broke off. */
  ended = false;

  private constructor(socket: Socket) {
    this.socket = socket;
    socket.on('data', (bytes: Buffer) => this.#received.push(bytes));
    socket.on('error', () => (this.ended = true));
    for (const event of ['end', 'close']) socket.on(event, () => (this.ended = true));
  }

  static async open(hub: Hub): Promise<RawSocket> {
    const socket = connect(hub.port, '127.0.0.1');
    onTestFinished(() => void socket.destroy());
    await once(socket, 'connect');
    return new RawSocket(socket);
  }

  /** A connection that has been upgraded to a device's. */
  static async upgraded(hub: Hub): Promise<RawSocket> {
    const raw = await RawSocket.open(hub);
    raw.write(upgradeRequest(hub));
    await raw.says(/^HTTP\/1\.1 101 [^]*\r\n\r\n/);
    raw.#received.length = 0;
    return raw;
  }

  get received(): Buffer {
    return Buffer.concat(this.#received);
  }

  write(bytes: string | Uint8Array): void {
    if (!this.ended) this.socket.write(bytes);
  }

  /** Waits for an answer like this; throws when the connection ends without. */
  says(pattern: RegExp): Promise<RegExpExecArray> {
    return waitFor(
      () => {
        const match = pattern.exec(this.received.toString('latin1'));
        if (match === null && this.ended) throw new Error(`ended with ${this.received.toString('latin1')}`);
        return match;
      },
      { what: String(pattern) },
    );
  }

  /** Waits for the other end to end it. */
  async ends(): Promise<void> {
    await waitFor(() => this.ended, { what: 'the hub to end the connection' });
  }
}
