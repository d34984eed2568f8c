/**
 * The bare sink, a child of the benchmark: what a server costs that takes WebSocket messages and decodes them, and nothing more.
 * `ws` with compression off and `cbor-x` as they come.
 */
import { createServer } from 'node:http';
import {
  createServer as createTcpServer,
  type AddressInfo,
  type Server as TcpServer,
  type Socket,
} from 'node:net';
import { SUBPROTOCOL } from '@weir/protocol';
import { decode } from 'cbor-x';
import { WebSocketServer } from 'ws';
import { serve } from '../processes/serve.js';
import { memoryHeld, type MemoryHeld } from './memory.js';

const http = createServer();
const sockets = new WebSocketServer({
  server: http,
  perMessageDeflate: false,
  handleProtocols: () => SUBPROTOCOL,
});
const watchers = new Set<Socket>();
const progress = createTcpServer((socket) => {
  socket.setNoDelay(true);
  socket.on('error', () => watchers.delete(socket));
  watchers.add(socket);
});
let frames = 0;
let elements = 0;
let progressEvery = 1;

/** Tells how many frames have been taken: once in so many, which costs nothing to speak of. */
function tell(): void {
  const count = Buffer.alloc(8);
  count.writeBigUInt64LE(BigInt(frames));
  for (const watcher of watchers) watcher.write(count);
}

sockets.on('connection', (socket) => {
  socket.on('message', (data) => {
    const frame = decode(data as Buffer) as unknown[];
    // Looked at, so that nothing could leave the decoding out.
    elements += frame.length;
    if (++frames % progressEvery === 0) tell();
  });
});

const methods = {
  start: async (order: { progressEvery: number }): Promise<{ port: number; progressPort: number }> => {
    ({ progressEvery } = order);
    const [port, progressPort] = [await listen(http), await listen(progress)];
    return { port, progressPort };
  },
  memory: (): Promise<MemoryHeld> => memoryHeld(),
  mark: (): BareMark => ({ atUs: performance.now() * 1000, frames, elements }),
};
export type BareMethods = typeof methods;

function listen(server: TcpServer): Promise<number> {
  return new Promise((resolve) =>
    server.listen(0, '127.0.0.1', () => resolve((server.address() as AddressInfo).port)),
  );
}

/** Where the sink is, by its own clock. */
export interface BareMark {
  readonly atUs: number;
  readonly frames: number;
  readonly elements: number;
}

serve(methods);
