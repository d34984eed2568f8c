import { connect } from 'node:net';
import { WeirError } from '@weir/runtime';
import { Latency } from '../measure/latency.js';
import { Blocks } from './blocks.js';
import { connectAll } from './connect-all.js';
import { FrameBlock } from './frame-block.js';
import type { Load, LoadFault, LoadMark, LoadOrder } from './load.js';
import { WEBSOCKET_WRAP } from './websocket-wrap.js';
import type { WireSocket } from './wire-socket.js';

/** Most frames in one write. */
const SLOTS = 64;

/**
 * For a server that acknowledges nothing: frames in turn on all connections, so that as many are on the way as a hub's credit
 * would let. How many the server has taken it says on a connection of its own; held back by TCP alone, a thousand sockets
 * would fill some gigabytes of the kernel's buffers.
 */
export class BareLoad implements Load {
  readonly #order: LoadOrder;
  readonly #fault: LoadFault;
  readonly #blocks: Blocks<FrameBlock>;
  readonly #inFlightMax: number;
  #streams: Stream[] = [];
  #turn = 0;
  #sent = 0;
  #taken = 0;
  #bytes = 0;
  #sending = false;

  constructor(order: LoadOrder, fault: LoadFault) {
    this.#order = order;
    this.#fault = fault;
    this.#blocks = new Blocks(
      order.seed,
      (seed) => new FrameBlock(order.readingsPerFrame, SLOTS, seed, WEBSOCKET_WRAP),
    );
    this.#inFlightMax = order.connections * order.window;
  }

  async connect(): Promise<void> {
    const { server, connections, progressPort } = this.#order;
    const failed = (reason: string): void => this.#fault.raise(new WeirError('bench.refused', reason));
    this.#follow(progressPort, failed);
    const sockets = await connectAll(server, connections);
    for (const socket of sockets)
      socket.listen({ message: () => undefined, closed: (reason) => failed(`the bare sink: ${reason}`) });
    this.#streams = sockets.map((socket) => ({ socket, nextSeq: 1, blocked: false }));
  }

  start(): void {
    this.#sending = true;
    this.#send();
  }

  mark(): LoadMark {
    return {
      ...{ atUs: performance.now() * 1000, sent: this.#sent, answered: this.#taken, bytes: this.#bytes },
      latencyMs: new Latency().summary(),
    };
  }

  stop(): Promise<LoadMark> {
    this.#sending = false;
    return Promise.resolve(this.mark());
  }

  answeredByDevice(): ReadonlyMap<string, number> {
    return new Map();
  }

  /** The server's count of frames, eight bytes each time. */
  #follow(port: number, failed: (reason: string) => void): void {
    const socket = connect({ host: '127.0.0.1', port, noDelay: true });
    let rest = Buffer.alloc(0);
    socket.on('data', (data) => {
      const bytes = Buffer.concat([rest, data]);
      const end = bytes.length - (bytes.length % 8);
      rest = bytes.subarray(end);
      if (end === 0) return;
      this.#taken = Number(bytes.readBigUInt64LE(end - 8));
      this.#send();
    });
    socket.on('error', (error) => failed(`the bare sink's count: ${error.message}`));
  }

  /** A write to each connection in turn, as long as there is room. */
  #send(): void {
    for (let passed = 0; this.#sending && passed < this.#streams.length; passed++) {
      const room = this.#inFlightMax - (this.#sent - this.#taken);
      if (room <= 0) return;
      const stream = this.#streams[this.#turn];
      this.#turn = (this.#turn + 1) % this.#streams.length;
      if (stream !== undefined && !stream.blocked) this.#write(stream, Math.min(room, SLOTS));
    }
  }

  #write(stream: Stream, count: number): void {
    const block = this.#blocks.take();
    const bytes = block.messages(stream.nextSeq, count);
    stream.nextSeq += count;
    this.#sent += count;
    this.#bytes += bytes.length;
    stream.blocked = !stream.socket.write(bytes, () => {
      stream.blocked = false;
      this.#send();
    });
    if (stream.blocked) this.#blocks.lost(block);
  }
}

interface Stream {
  readonly socket: WireSocket;
  nextSeq: number;
  blocked: boolean;
}
