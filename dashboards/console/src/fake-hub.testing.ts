/**
 * A hub for the console's tests: the HTTP and stream API over readings in memory, and the built page under a
 * Content-Security-Policy as strict as the hub's. A cursor is the number of messages published before it.
 */
import { readFile } from 'node:fs/promises';
import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import type { AddressInfo, Socket } from 'node:net';
import type { Duplex } from 'node:stream';
import { extname, join, normalize } from 'node:path';
import { WebSocketServer, type WebSocket } from 'ws';
import { FakeStore, type FakeChannel, type FakeValue } from './fake-store.testing.js';

export const TOKEN = 'test-token_0123456789';

export const CONTENT_SECURITY_POLICY =
  "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self'; connect-src 'self'; " +
  "base-uri 'none'; form-action 'self'; frame-ancestors 'none'";

const CONTENT_TYPES: Readonly<Record<string, string>> = {
  '.html': 'text/html; charset=utf-8',
  '.js': 'text/javascript; charset=utf-8',
  '.css': 'text/css; charset=utf-8',
  '.svg': 'image/svg+xml',
};

interface Subscriber {
  readonly socket: WebSocket;
  readonly device: string | null;
}

export class FakeHub {
  readonly store = new FakeStore();
  /** What the page asked the stream for, in order. */
  readonly streamRequests: { from: string | null; device: string | null }[] = [];
  readonly #folder: string;
  readonly #server: Server;
  readonly #sockets = new Set<Socket>();
  readonly #webSockets = new WebSocketServer({
    noServer: true,
    handleProtocols: (offered) => (offered.has('weir.stream.v1') ? 'weir.stream.v1' : false),
  });
  readonly #subscribers = new Set<Subscriber>();
  #reachable = true;

  private constructor(folder: string) {
    this.#folder = folder;
    this.#server = createServer((request, response) => {
      this.#answer(request, response).catch(() => response.writeHead(500).end());
    });
    this.#server.on('connection', (socket) => {
      this.#sockets.add(socket);
      socket.on('close', () => this.#sockets.delete(socket));
    });
    this.#server.on('upgrade', (request, socket, head) => this.#upgrade(request, socket, head));
  }

  /** Serves the page built in `folder`. */
  static async start(folder: string): Promise<FakeHub> {
    const hub = new FakeHub(folder);
    await new Promise<void>((resolve) => hub.#server.listen(0, '127.0.0.1', resolve));
    return hub;
  }

  get url(): string {
    return `http://127.0.0.1:${(this.#server.address() as AddressInfo).port}/`;
  }

  /** The link that carries the token. */
  get link(): string {
    return `${this.url}#token=${TOKEN}`;
  }

  addDevice(name: string, channels: readonly FakeChannel[]): void {
    this.store.addDevice(name, channels);
    this.#send({ type: 'device', device: this.store.device(name) }, name);
  }

  setState(name: string, state: 'online' | 'stale' | 'offline'): void {
    this.store.setState(name, state);
    this.#send({ type: 'device', device: this.store.device(name) }, name);
  }

  /** Readings of one channel arrive: stored, and streamed to those who listen. */
  publish(device: string, channel: string, timesUs: number[], values: FakeValue[]): void {
    const batch = this.store.append(device, channel, timesUs, values);
    this.#send({ type: 'readings', cursor: String(this.store.messages.length), batches: [batch] }, device);
  }

  /** Readings arrive that are too late for a live stream: stored, and told of. */
  publishLate(device: string, channel: string, timesUs: number[], values: FakeValue[]): void {
    this.store.append(device, channel, timesUs, values);
    const cursor = String(this.store.messages.length);
    const span = { device, channel, from_us: timesUs[0], to_us: timesUs.at(-1), readings: timesUs.length };
    this.#send({ type: 'left_out', cursor, behind: false, spans: [span] }, device);
  }

  /** Cuts every connection; while unreachable, new ones are cut at once. */
  setReachable(reachable: boolean): void {
    this.#reachable = reachable;
    if (!reachable) for (const socket of this.#sockets) socket.destroy();
  }

  async close(): Promise<void> {
    for (const socket of this.#sockets) socket.destroy();
    await new Promise((resolve) => this.#server.close(resolve));
  }

  #send(message: object, device: string): void {
    const text = JSON.stringify(message);
    for (const subscriber of this.#subscribers)
      if (subscriber.device === null || subscriber.device === device) subscriber.socket.send(text);
  }

  #upgrade(request: IncomingMessage, socket: Duplex, head: Buffer): void {
    const url = new URL(request.url ?? '/', this.url);
    const protocols = (request.headers['sec-websocket-protocol'] ?? '').split(/,\s*/);
    if (!this.#reachable) return void socket.destroy();
    if (!protocols.includes(`bearer.${TOKEN}`)) return void socket.end('HTTP/1.1 401 Unauthorized\r\n\r\n');
    const [from, device] = [url.searchParams.get('from'), url.searchParams.get('device')];
    this.streamRequests.push({ from, device });
    this.#webSockets.handleUpgrade(request, socket, head, (webSocket) =>
      this.#subscribe(webSocket, from, device),
    );
  }

  #subscribe(socket: WebSocket, from: string | null, device: string | null): void {
    const subscriber = { socket, device };
    for (const each of this.store.devices) socket.send(JSON.stringify({ type: 'device', device: each }));
    const start = from === null || from === 'now' ? this.store.messages.length : Number(from);
    for (const [index, batch] of this.store.messages.entries()) {
      if (index < start || (device !== null && batch.device !== device)) continue;
      socket.send(JSON.stringify({ type: 'readings', cursor: String(index + 1), batches: [batch] }));
    }
    socket.send(JSON.stringify({ type: 'caught_up', cursor: String(this.store.messages.length) }));
    this.#subscribers.add(subscriber);
    socket.on('close', () => this.#subscribers.delete(subscriber));
  }

  async #answer(request: IncomingMessage, response: ServerResponse): Promise<void> {
    const url = new URL(request.url ?? '/', this.url);
    if (!this.#reachable) return void request.socket.destroy();
    if (!url.pathname.startsWith('/api/')) return this.#file(url.pathname, response);
    if (request.headers.authorization !== `Bearer ${TOKEN}`) return void response.writeHead(401).end('{}');
    const body = this.store.answer(url.pathname, url.searchParams);
    response.writeHead(body === null ? 404 : 200, { 'content-type': 'application/json' });
    response.end(JSON.stringify(body ?? { message: 'no such thing' }));
  }

  async #file(path: string, response: ServerResponse): Promise<void> {
    const file = join(this.#folder, normalize(path === '/' ? '/index.html' : path));
    const content = await readFile(file).catch(() => null);
    if (content === null) return void response.writeHead(404).end();
    response.writeHead(200, {
      'content-type': CONTENT_TYPES[extname(file)] ?? 'application/octet-stream',
      'content-security-policy': CONTENT_SECURITY_POLICY,
    });
    response.end(content);
  }
}
