/**
 * A TCP client for making load: what it sends was prepared, what it receives is looked at where the kernel put it.
 * All clients of a process read into one buffer, one after the other.
 */
import { connect, type Socket } from 'node:net';

const READ_BUFFER = Buffer.allocUnsafe(65_536);

export interface TcpEvents {
  readonly connected: () => void;
  /** Takes what it can of `bytes`, which are valid during the call, and returns how many; the rest comes again with more. */
  readonly received: (bytes: Buffer) => number;
  /** The connection failed or ended, and why. Called once. */
  readonly closed: (reason: string) => void;
}

export class TcpClient {
  readonly #socket: Socket;
  readonly #events: TcpEvents;
  #rest: Buffer | null = null;

  constructor(host: string, port: number, events: TcpEvents) {
    this.#events = events;
    this.#socket = connect({
      ...{ host, port, noDelay: true },
      onread: {
        buffer: READ_BUFFER,
        callback: (count) => {
          this.#receive(READ_BUFFER.subarray(0, count));
          return true;
        },
      },
    });
    let reason = 'the server ended the connection';
    this.#socket.once('connect', events.connected);
    this.#socket.on('error', (error) => (reason = error.message));
    this.#socket.once('close', () => events.closed(reason));
  }

  /**
   * True when the kernel took all of `bytes`, and they may be used again; false when some wait: `drained` is called when they
   * are gone, and `bytes` must stay as they are until then.
   */
  write(bytes: Uint8Array, drained: () => void = nothing): boolean {
    let whole = false;
    // Called a tick later even when nothing waits.
    this.#socket.write(bytes, () => {
      if (!whole) drained();
    });
    whole = this.#socket.writableLength === 0;
    return whole;
  }

  destroy(): void {
    this.#socket.destroy();
  }

  #receive(chunk: Buffer): void {
    const bytes = this.#rest === null ? chunk : Buffer.concat([this.#rest, chunk]);
    const taken = this.#events.received(bytes);
    this.#rest = taken === bytes.length ? null : Buffer.from(bytes.subarray(taken));
  }
}

function nothing(): void {
  return undefined;
}
