/**
 * TCP between two processes, to be cut or to fall silent. A silent link takes nothing and gives nothing, as a network
 * does that lost a route: neither end is told.
 */
import { once } from 'node:events';
import { connect, createServer, type AddressInfo, type Server, type Socket } from 'node:net';

/** Sees the bytes that pass; one for each connection. */
export interface Tap {
  fromClient(bytes: Buffer): void;
  fromServer(bytes: Buffer): void;
}

interface Pair {
  readonly client: Socket;
  readonly server: Socket;
}

export class LinkProxy {
  readonly name: string;
  readonly #targetPort: number;
  readonly #tap: () => Tap;
  readonly #server: Server;
  readonly #pairs = new Set<Pair>();
  #silent = false;

  /** `tap` is asked for one tap a connection. */
  constructor(name: string, targetPort: number, tap: () => Tap = () => NO_TAP) {
    this.name = name;
    this.#targetPort = targetPort;
    this.#tap = tap;
    this.#server = createServer((client) => this.#join(client));
  }

  async listen(): Promise<void> {
    this.#server.listen(0, '127.0.0.1');
    await once(this.#server, 'listening');
  }

  get port(): number {
    return (this.#server.address() as AddressInfo).port;
  }

  /** Ends every connection at once; new ones are let through. */
  cut(): void {
    for (const { client, server } of this.#pairs) for (const socket of [client, server]) reset(socket);
  }

  /** Nothing passes any more, in either direction, and nobody is told. */
  silence(): void {
    this.#silent = true;
    for (const { client, server } of this.#pairs) {
      client.pause();
      server.pause();
    }
  }

  /** Passes on what waited, and what comes. */
  resume(): void {
    this.#silent = false;
    for (const { client, server } of this.#pairs) {
      client.resume();
      server.resume();
    }
  }

  async close(): Promise<void> {
    this.cut();
    this.#server.close();
    await once(this.#server, 'close');
  }

  #join(client: Socket): void {
    const server = connect(this.#targetPort, '127.0.0.1');
    const pair = { client, server };
    const tap = this.#tap();
    this.#pairs.add(pair);
    this.#forward(client, server, (bytes) => tap.fromClient(bytes));
    this.#forward(server, client, (bytes) => tap.fromServer(bytes));
    for (const socket of [client, server])
      socket.on('close', () => {
        this.#pairs.delete(pair);
        client.destroy();
        server.destroy();
      });
    if (this.#silent) {
      client.pause();
      server.pause();
    }
  }

  #forward(from: Socket, to: Socket, seen: (bytes: Buffer) => void): void {
    from.setNoDelay(true);
    // What went wrong is told by `close`, to both.
    from.on('error', () => undefined);
    from.on('data', (bytes: Buffer) => {
      seen(bytes);
      if (!to.write(bytes)) from.pause();
    });
    to.on('drain', () => {
      if (!this.#silent) from.resume();
    });
    from.on('end', () => to.end());
  }
}

/** A socket that is shutting down cannot be reset: its handle would stay open, and the process with it for ever. */
function reset(socket: Socket): void {
  if (socket.writableEnded) socket.destroy();
  else socket.resetAndDestroy();
}

const NO_TAP: Tap = { fromClient: () => undefined, fromServer: () => undefined };
