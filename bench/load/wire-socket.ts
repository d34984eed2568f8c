/**
 * A WebSocket client that costs less than any server: prepared messages go into the socket as they are, what comes is looked
 * at where the kernel put it. For servers that neither fragment nor compress, as the hub and the bare sink do not.
 *
 *   open ──101──► messages ──close, error──► closed
 */
import { randomBytes } from 'node:crypto';
import { connect, type Socket } from 'node:net';
import { SUBPROTOCOL } from '@weir/protocol';
import { WeirError } from '@weir/runtime';
import { maskedMessage } from './frame-block.js';

export interface Server {
  readonly host: string;
  readonly port: number;
  readonly token: string;
}

export interface WireEvents {
  /** One binary message; the bytes are valid during the call. */
  readonly message: (bytes: Uint8Array) => void;
  /** The connection ended, and why. */
  readonly closed: (reason: string) => void;
}

const Opcode = { binary: 2, close: 8, ping: 9, pong: 10 } as const;
const READ_BYTES = 65_536;
/** All sockets read into it, one after the other. */
const READ_BUFFER = Buffer.allocUnsafe(READ_BYTES);

export class WireSocket {
  readonly #socket: Socket;
  #take: (bytes: Buffer) => void;
  #rest: Buffer | null = null;
  #events: WireEvents | null = null;

  private constructor(server: Server, upgraded: (failure: WeirError | null) => void) {
    this.#take = (bytes) => this.#takeUpgrade(bytes, upgraded);
    this.#socket = connect({
      host: server.host,
      port: server.port,
      noDelay: true,
      onread: {
        buffer: READ_BUFFER,
        callback: (count) => {
          this.#receive(READ_BUFFER.subarray(0, count));
          return true;
        },
      },
    });
    this.#socket.once('connect', () => this.#socket.write(upgradeRequest(server)));
    this.#socket.on('error', (error) => upgraded(connectionFailed(error.message)));
    this.#socket.once('close', () => {
      upgraded(connectionFailed('the connection ended before the upgrade'));
      this.#events?.closed('the connection ended');
    });
  }

  /** Rejects with `bench.refused`, whose details have `status` when the server said one. */
  static open(server: Server): Promise<WireSocket> {
    return new Promise((resolve, reject) => {
      let settled = false;
      const socket: WireSocket = new WireSocket(server, (failure) => {
        if (settled) return;
        settled = true;
        if (failure === null) return resolve(socket);
        socket.destroy();
        reject(failure);
      });
    });
  }

  listen(events: WireEvents): void {
    this.#events = events;
  }

  /** Sends one message that was not prepared. */
  send(payload: Uint8Array): void {
    this.#socket.write(maskedMessage(payload));
  }

  /**
   * Sends prepared messages. True when the kernel took all of them, and `bytes` may be used again; false when some wait:
   * `drained` is called when they are gone, and `bytes` must stay as they are until then.
   */
  write(bytes: Buffer, drained: () => void): boolean {
    let whole = false;
    // Called a tick later even when nothing waits.
    this.#socket.write(bytes, () => {
      if (!whole) drained();
    });
    whole = this.#socket.writableLength === 0;
    return whole;
  }

  destroy(): void {
    this.#events = null;
    this.#socket.destroy();
  }

  #receive(bytes: Buffer): void {
    if (this.#rest === null) return this.#take(bytes);
    const whole = Buffer.concat([this.#rest, bytes]);
    this.#rest = null;
    this.#take(whole);
  }

  #takeUpgrade(bytes: Buffer, upgraded: (failure: WeirError | null) => void): void {
    const end = bytes.indexOf('\r\n\r\n');
    if (end < 0) return this.#keep(bytes, 0);
    const status = /^HTTP\/1\.1 (\d{3})/.exec(bytes.toString('latin1', 0, end))?.[1];
    if (status !== '101') {
      const message = `no upgrade: ${bytes.toString('utf8').slice(0, 500)}`;
      return upgraded(new WeirError('bench.refused', message, { details: { status: Number(status) } }));
    }
    this.#take = (more) => this.#takeMessages(more);
    upgraded(null);
    if (end + 4 < bytes.length) this.#keep(bytes, end + 4);
  }

  #takeMessages(bytes: Buffer): void {
    let at = 0;
    while (bytes.length - at >= 2) {
      const opcode = (bytes[at] ?? 0) & 0x0f;
      let length = (bytes[at + 1] ?? 0) & 0x7f;
      let start = at + 2;
      if (length >= 126) {
        const wide = length === 127;
        start += wide ? 8 : 2;
        if (bytes.length < start) break;
        length = wide ? Number(bytes.readBigUInt64BE(at + 2)) : bytes.readUInt16BE(at + 2);
      }
      if (bytes.length < start + length) break;
      this.#handle(opcode, bytes.subarray(start, start + length));
      at = start + length;
    }
    if (at < bytes.length) this.#keep(bytes, at);
  }

  #handle(opcode: number, payload: Buffer): void {
    if (opcode === Opcode.binary) this.#events?.message(payload);
    else if (opcode === Opcode.ping) this.#socket.write(maskedMessage(payload, Opcode.pong));
    else if (opcode === Opcode.close) {
      const code = payload.length >= 2 ? payload.readUInt16BE(0) : 1005;
      this.#events?.closed(`closed by the server: ${code} ${payload.toString('utf8', 2)}`);
    }
  }

  #keep(bytes: Buffer, from: number): void {
    this.#rest = Buffer.from(bytes.subarray(from));
  }
}

function upgradeRequest({ host, port, token }: Server): string {
  return [
    'GET /api/v1/connect HTTP/1.1',
    `Host: ${host}:${port}`,
    'Connection: Upgrade',
    'Upgrade: websocket',
    'Sec-WebSocket-Version: 13',
    `Sec-WebSocket-Key: ${randomBytes(16).toString('base64')}`,
    `Sec-WebSocket-Protocol: ${SUBPROTOCOL}`,
    `Authorization: Bearer ${token}`,
    '\r\n',
  ].join('\r\n');
}

function connectionFailed(reason: string): WeirError {
  return new WeirError('bench.refused', `cannot connect: ${reason}`);
}
