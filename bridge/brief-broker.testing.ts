/** An MQTT 5 broker that acknowledges so many messages on each connection and then hangs up. */
import { createServer, type AddressInfo, type Socket } from 'node:net';
import { onTestFinished } from 'vitest';

export interface BriefBroker {
  readonly url: string;
  /** Payloads in the order in which they were acknowledged. */
  readonly taken: string[];
  readonly connections: () => number;
}

const CONNACK = Buffer.from('2003000000', 'hex');

/** Ends with the present test. */
export async function briefBroker(acksPerConnection: number): Promise<BriefBroker> {
  const taken: string[] = [];
  const sockets = new Set<Socket>();
  let connections = 0;
  const server = createServer((socket) => {
    let left = acksPerConnection;
    let rest: Buffer = Buffer.alloc(0);
    connections += 1;
    sockets.add(socket);
    socket.on('error', () => undefined);
    socket.on('data', (bytes: Buffer) => {
      rest = Buffer.concat([rest, bytes]);
      for (let packet = packetIn(rest); packet !== null; packet = packetIn(rest)) {
        rest = rest.subarray(packet.end);
        if (packet.type === 1) socket.write(CONNACK);
        if (packet.type !== 3 || socket.destroyed) continue;
        if (left-- === 0) socket.destroy();
        else {
          const { id, payload } = publish(packet.body);
          taken.push(payload);
          socket.write(Buffer.from([0x40, 2, id >> 8, id & 255]));
        }
      }
    });
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  onTestFinished(() => {
    for (const socket of sockets) socket.destroy();
    server.close();
  });
  const { port } = server.address() as AddressInfo;
  return { url: `mqtt://127.0.0.1:${port}`, taken, connections: () => connections };
}

/** The first whole packet (MQTT 5, section 2.1), or null. */
function packetIn(bytes: Buffer): { type: number; body: Buffer; end: number } | null {
  let length = 0;
  for (let i = 1; i <= 4; i++) {
    const byte = bytes[i];
    if (byte === undefined) return null;
    length += (byte & 0x7f) * 2 ** (7 * (i - 1));
    const end = i + 1 + length;
    if (byte < 0x80)
      return bytes.length < end
        ? null
        : { type: bytes.readUInt8(0) >> 4, body: bytes.subarray(i + 1, end), end };
  }
  return null;
}

/** Its properties are shorter than 128 bytes. */
function publish(body: Buffer): { id: number; payload: string } {
  const topicEnd = 2 + body.readUInt16BE(0);
  const properties = body.readUInt8(topicEnd + 2);
  return { id: body.readUInt16BE(topicEnd), payload: body.toString('utf8', topicEnd + 3 + properties) };
}
