import type { Socket } from 'node:net';
import { systemClock } from '@weir/runtime';
import type { Emulator } from '../emulator.js';
import type { WayName } from '../impairments.js';
import type { TracedPacket } from '../trace-recorder.js';
import { ACK, RST, SYN, SYN_ACK } from './segments.js';
import { Stream, type Pace } from './stream.js';

/** RFC 6298: as long as no round trip is known, a packet is sent again after, ms. */
const AGAIN_MS = 1_000;

/** A client's connection through the proxy to a port of this machine, as if the network were between them. */
export class ProxiedConnection {
  readonly #emulator: Emulator;
  readonly #client: Socket;
  readonly #server: Socket;
  readonly #port: number;
  readonly #streams: Readonly<Record<WayName, Stream>>;
  #again: NodeJS.Timeout | undefined;
  #accepted = false;

  /** `client` has just connected, and is paused; `server` will connect to `port`. Both may be half open. */
  constructor(client: Socket, server: Socket, port: number, emulator: Emulator, pace: () => Pace) {
    this.#client = client;
    this.#server = server;
    this.#port = port;
    this.#emulator = emulator;
    this.#streams = {
      up: new Stream('up', emulator, pace, client, () => this.#accept()),
      down: new Stream('down', emulator, pace, server, () => client),
    };
    client.on('error', () => this.#reset('up', server));
    server.on('error', () => this.#reset('down', client));
  }

  /** The three packets of a handshake. The client has its connection already: what it says waits until it would have. */
  open(): void {
    const { up, down } = this.#streams;
    this.#control('up', SYN, systemClock.monotonicUs(), (synUs) =>
      this.#control('down', SYN_ACK, synUs, (synAckUs) => {
        up.start(down);
        down.start(up);
        this.#client.resume();
        this.#control('up', ACK, synAckUs, () => this.#accept());
      }),
    );
  }

  close(): void {
    clearTimeout(this.#again);
    for (const stream of [this.#streams.up, this.#streams.down]) stream.stop();
    for (const socket of [this.#client, this.#server]) socket.destroy();
  }

  /** With the first thing that comes after the client's SYN, the server has the connection. */
  #accept(): Socket {
    if (!this.#accepted) this.#server.connect({ port: this.#port, host: '127.0.0.1' });
    this.#accepted = true;
    return this.#server;
  }

  #control(way: WayName, packet: TracedPacket, atUs: number, arrive: (atUs: number) => void): void {
    if (this.#emulator.send(way, atUs, packet, arrive, 0)) return;
    this.#again = setTimeout(() => this.#control(way, packet, systemClock.monotonicUs(), arrive), AGAIN_MS);
  }

  #reset(way: WayName, other: Socket): void {
    const sent = this.#emulator.send(way, systemClock.monotonicUs(), RST, () => other.resetAndDestroy());
    if (!sent) other.resetAndDestroy();
  }
}
