/** An end of a TCP connection across a link, in tests: sends back what it gets, or sends and sees that it comes back. */
import { once } from 'node:events';
import { connect, createServer, type AddressInfo, type Socket } from 'node:net';
import { randomBytes } from 'node:crypto';
import { serve } from '../../processes/serve.js';

let socket: Socket | null = null;

function current(): Socket {
  if (socket === null) throw new Error('not connected');
  return socket;
}

/** Reads so many bytes. */
async function take(from: Socket, count: number): Promise<Buffer> {
  const chunks: Buffer[] = [];
  for (let left = count; left > 0;) {
    const [chunk] = (await once(from, 'data')) as [Buffer];
    chunks.push(chunk);
    left -= chunk.length;
  }
  return Buffer.concat(chunks);
}

async function connectTo({ host, port }: { host: string; port: number }): Promise<void> {
  socket = connect({ host, port, noDelay: true });
  await once(socket, 'connect');
}

/** Sends so many bytes of chance and waits until the same have come back. */
async function exchange(bytes: number): Promise<void> {
  const sent = randomBytes(bytes);
  const returning = take(current(), bytes);
  current().write(sent);
  if (!sent.equals(await returning)) throw new Error('what came back is not what was sent');
}

async function msOf(work: () => Promise<void>): Promise<number> {
  const beganMs = performance.now();
  await work();
  return performance.now() - beganMs;
}

const methods = {
  /** Answers with the port. */
  listen: async (address: string): Promise<number> => {
    const server = createServer({ noDelay: true }, (peer) => {
      peer.on('error', () => undefined);
      peer.pipe(peer);
    });
    server.listen(0, address);
    await once(server, 'listening');
    return (server.address() as AddressInfo).port;
  },
  /** How long it took, ms; so do the next two. */
  connect: (to: { host: string; port: number }): Promise<number> => msOf(() => connectTo(to)),
  exchange: (bytes: number): Promise<number> => msOf(() => exchange(bytes)),
  connectAndExchange: ({ bytes, ...to }: { host: string; port: number; bytes: number }): Promise<number> =>
    msOf(() => connectTo(to).then(() => exchange(bytes))),
  /** Ends the connection, and waits for the other end to do so too. */
  hangUp: async (): Promise<void> => {
    current().end();
    await once(current(), 'close');
  },
};
export type PeerMethods = typeof methods;

serve(methods);
