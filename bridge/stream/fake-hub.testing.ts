/** A hub as far as its live stream goes: a log of messages at byte offsets, served from any cursor, then live. */
import { createServer, type IncomingMessage } from 'node:http';
import type { AddressInfo } from 'node:net';
import { WebSocketServer, type WebSocket } from 'ws';
import type { HubDevice, ReadingBatch } from './message.js';

const TOKEN = 'a-token-for-tests';

interface LogEntry {
  readonly next: number;
  readonly batches: readonly ReadingBatch[];
}

export class FakeHub {
  readonly token = TOKEN;
  readonly url: string;
  /** The `from` of each stream that was opened. */
  readonly opened: string[] = [];
  /** Devices told at the start of each stream. */
  devices: HubDevice[] = [];
  /** Status to answer upgrades with, instead of a stream; null serves. */
  refuseWith: { status: number; headers?: Record<string, string> } | null = null;
  readonly #server: ReturnType<typeof createServer>;
  readonly #sockets = new Set<WebSocket>();
  readonly #log: LogEntry[] = [];
  #end = 0;

  static async start(): Promise<FakeHub> {
    const server = createServer();
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
    return new FakeHub(server);
  }

  private constructor(server: ReturnType<typeof createServer>) {
    this.#server = server;
    this.url = `ws://127.0.0.1:${(server.address() as AddressInfo).port}`;
    const streams = new WebSocketServer({ noServer: true, handleProtocols: (offered) => pick(offered) });
    server.on('upgrade', (request, socket, head) => {
      const refusal = this.#refusal(request);
      if (refusal === null) {
        streams.handleUpgrade(request, socket, head, (stream) => this.#serve(stream, request));
        return;
      }
      const headers = Object.entries(refusal.headers ?? {}).map(([name, value]) => `${name}: ${value}\r\n`);
      socket.end(`HTTP/1.1 ${refusal.status} Refused\r\n${headers.join('')}Connection: close\r\n\r\n`);
    });
  }

  /** Offset behind the last record. */
  get end(): number {
    return this.#end;
  }

  get connections(): number {
    return this.#sockets.size;
  }

  /** What the streams' readers have not taken off this process. */
  get bufferedBytes(): number {
    return [...this.#sockets].reduce((sum, socket) => sum + socket.bufferedAmount, 0);
  }

  /** Appends one record and sends it to all streams; returns the cursor behind it. */
  append(batches: readonly ReadingBatch[]): number {
    this.#end += 100;
    const entry = { next: this.#end, batches };
    this.#log.push(entry);
    for (const socket of this.#sockets) sendEntry(socket, entry);
    return this.#end;
  }

  /** Sends any text to all streams. */
  say(message: object | string): void {
    for (const socket of this.#sockets)
      socket.send(typeof message === 'string' ? message : JSON.stringify(message));
  }

  sayBinary(): void {
    for (const socket of this.#sockets) socket.send(new Uint8Array([1, 2, 3]));
  }

  /** Cuts all streams, as a crash would. */
  drop(): void {
    for (const socket of this.#sockets) socket.terminate();
  }

  async stop(): Promise<void> {
    this.drop();
    await new Promise((resolve) => this.#server.close(resolve));
  }

  #refusal(request: IncomingMessage): { status: number; headers?: Record<string, string> } | null {
    if (this.refuseWith !== null) return this.refuseWith;
    return request.headers.authorization === `Bearer ${TOKEN}` ? null : { status: 401 };
  }

  #serve(socket: WebSocket, request: IncomingMessage): void {
    const from = new URL(request.url ?? '', this.url).searchParams.get('from') ?? '';
    this.opened.push(from);
    this.#sockets.add(socket);
    socket.on('close', () => this.#sockets.delete(socket));
    let cursor = from === 'start' ? 0 : from === 'now' ? this.#end : Number(from);
    if (cursor > this.#end) {
      socket.send(JSON.stringify({ type: 'skipped', from: String(cursor), to: '0', reason: 'another log' }));
      cursor = 0;
    }
    for (const device of this.devices) socket.send(JSON.stringify({ type: 'device', device }));
    for (const entry of this.#log) if (entry.next > cursor) sendEntry(socket, entry);
    socket.send(JSON.stringify({ type: 'caught_up', cursor: String(this.#end) }));
  }
}

function sendEntry(socket: WebSocket, { next, batches }: LogEntry): void {
  socket.send(JSON.stringify({ type: 'readings', cursor: String(next), batches }));
}

function pick(offered: Set<string>): string | false {
  return offered.has('weir.stream.v1') ? 'weir.stream.v1' : false;
}

/** A batch of numbers of one channel, one second apart. */
export function numbers(
  seq: number,
  values: readonly number[],
  more: Partial<ReadingBatch> = {},
): ReadingBatch {
  return {
    device: 'boiler-room',
    channel: 'boiler/temperature',
    kind: 'number',
    unit: 'Cel',
    epoch: 4_294_967_301,
    seq,
    times_us: values.map((_, i) => 1_780_000_000_000_000 + seq * 1_000_000 + i),
    values: [...values],
    uncertainty_us: 250,
    ...more,
  };
}

export function onlineDevice(device: string): HubDevice {
  return {
    device,
    state: 'online',
    since_us: 1_780_000_000_000_000,
    last_seen_us: 1_780_000_001_000_000,
    agent: 'weir-agent/0.1.0',
    channels: 3,
    backlog_frames: 0,
    clock: { source: 'synced', uncertainty_us: 250 },
  };
}
