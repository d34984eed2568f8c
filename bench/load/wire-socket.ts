/**
 * A WebSocket client that costs less than any server. For servers that neither fragment nor compress, as the hub and the bare
 * sink do not.
 *
 *   open ──101──► messages ──close, error──► closed
 */
import { randomBytes } from 'node:crypto';
import { SUBPROTOCOL } from '@weir/protocol';
import { WeirError } from '@weir/runtime';
import { TcpClient } from './tcp-client.js';
import { maskedMessage } from './websocket-wrap.js';

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

export class WireSocket {
  readonly #client: TcpClient;
  #upgraded: ((failure: WeirError | null) => void) | null;
  #events: WireEvents | null = null;

  private constructor(server: Server, upgraded: (failure: WeirError | null) => void) {
    this.#upgraded = upgraded;
    this.#client = new TcpClient(server.host, server.port, {
      connected: () => this.#client.write(upgradeRequest(server)),
      received: (bytes) => (this.#upgraded === null ? this.#takeMessages(bytes) : this.#takeUpgrade(bytes)),
      closed: (reason) => {
        this.#settle(new WeirError('bench.refused', `cannot connect: ${reason}`));
        this.#events?.closed(reason);
      },
    });
  }

  /** Rejects with `bench.refused`, whose details have `status` when the server said one. */
  static open(server: Server): Promise<WireSocket> {
    return new Promise((resolve, reject) => {
      const socket: WireSocket = new WireSocket(server, (failure) => {
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
    this.#client.write(maskedMessage(payload));
  }

  /** Sends prepared messages; see `TcpClient.write`. */
  write(bytes: Uint8Array, drained: () => void): boolean {
    return this.#client.write(bytes, drained);
  }

  destroy(): void {
    this.#events = null;
    this.#client.destroy();
  }

  #settle(failure: WeirError | null): void {
    const upgraded = this.#upgraded;
    this.#upgraded = null;
    upgraded?.(failure);
  }

  #takeUpgrade(bytes: Buffer): number {
    const end = bytes.indexOf('\r\n\r\n');
    if (end < 0) return 0;
    const status = Number(/^HTTP\/1\.1 (\d{3})/.exec(bytes.toString('latin1', 0, end))?.[1]);
    if (status === 101) {
      this.#settle(null);
      return end + 4;
    }
    const message = `no upgrade: ${bytes.toString('utf8').slice(0, 500)}`;
    this.#settle(new WeirError('bench.refused', message, { details: { status } }));
    return bytes.length;
  }

  #takeMessages(bytes: Buffer): number {
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
    return at;
  }

  #handle(opcode: number, payload: Buffer): void {
    if (opcode === Opcode.binary) this.#events?.message(payload);
    else if (opcode === Opcode.ping) this.#client.write(maskedMessage(payload, Opcode.pong));
    else if (opcode === Opcode.close) {
      const code = payload.length >= 2 ? payload.readUInt16BE(0) : 1005;
      this.#events?.closed(`closed by the server: ${code} ${payload.toString('utf8', 2)}`);
    }
  }
}

function upgradeRequest({ host, port, token }: Server): Buffer {
  const lines = [
    'GET /api/v1/connect HTTP/1.1',
    `Host: ${host}:${port}`,
    'Connection: Upgrade',
    'Upgrade: websocket',
    'Sec-WebSocket-Version: 13',
    `Sec-WebSocket-Key: ${randomBytes(16).toString('base64')}`,
    `Sec-WebSocket-Protocol: ${SUBPROTOCOL}`,
    `Authorization: Bearer ${token}`,
    '\r\n',
  ];
  return Buffer.from(lines.join('\r\n'));
}
