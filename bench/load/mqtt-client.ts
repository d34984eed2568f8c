/** As much of MQTT 3.1.1 as a load needs: connect, publish or subscribe at QoS 1. */
import { WeirError } from '@weir/runtime';
import { remainingLength } from './publish-block.js';
import { TcpClient } from './tcp-client.js';
import type { Server } from './wire-socket.js';

export const Packet = { connack: 2, publish: 3, puback: 4, suback: 9 } as const;

export interface MqttEvents {
  /** One packet from the broker: its type, and its bytes after the fixed header, valid during the call. */
  readonly packet: (type: number, body: Buffer) => void;
  /** All packets of one read have been told. */
  readonly flush: () => void;
  readonly closed: (reason: string) => void;
}

export class MqttClient {
  readonly #client: TcpClient;

  private constructor(client: TcpClient) {
    this.#client = client;
  }

  /** Connects with a session that the broker keeps (`clean` false) or not. Rejects with `bench.refused`. */
  static connect(
    { host, port }: Pick<Server, 'host' | 'port'>,
    id: string,
    clean: boolean,
    events: MqttEvents,
  ): Promise<MqttClient> {
    return new Promise((resolve, reject) => {
      let settled = false;
      const settle = (failure: string | null): void => {
        settled = true;
        if (failure === null) resolve(new MqttClient(client));
        else reject(new WeirError('bench.refused', `${id}: ${failure}`));
      };
      const client: TcpClient = new TcpClient(host, port, {
        connected: () => client.write(connectPacket(id, clean)),
        received: (bytes) =>
          takePackets(bytes, events.flush, (type, body) => {
            if (type !== Packet.connack) events.packet(type, body);
            else settle(body[1] === 0 ? null : `the broker refused the connection: code ${body[1]}`);
          }),
        closed: (reason) => (settled ? events.closed(reason) : settle(reason)),
      });
    });
  }

  write(bytes: Uint8Array, drained?: () => void): boolean {
    return this.#client.write(bytes, drained);
  }

  destroy(): void {
    this.#client.destroy();
  }
}

/** SUBSCRIBE to `filter` at QoS 1, MQTT 3.1.1 section 3.8. */
export function subscribePacket(filter: string): Buffer {
  return packet(0x82, Buffer.concat([Buffer.from([0, 1]), text(filter), Buffer.from([1])]));
}

/** CONNECT without keep-alive: a load is never silent for long, and a broker must not end it when it is. */
function connectPacket(id: string, clean: boolean): Buffer {
  const head = Buffer.concat([text('MQTT'), Buffer.from([4, clean ? 2 : 0, 0, 0])]);
  return packet(0x10, Buffer.concat([head, text(id)]));
}

function packet(first: number, body: Buffer): Buffer {
  return Buffer.concat([Buffer.from([first, ...remainingLength(body.length)]), body]);
}

function text(value: string): Buffer {
  const bytes = Buffer.from(value);
  const length = Buffer.alloc(2);
  length.writeUInt16BE(bytes.length);
  return Buffer.concat([length, bytes]);
}

/** The whole packets in `bytes`, one after the other. How many bytes they were. */
function takePackets(bytes: Buffer, flush: () => void, take: (type: number, body: Buffer) => void): number {
  let at = 0;
  for (;;) {
    let length = 0;
    let start = at + 1;
    for (let shift = 0; ; shift += 7) {
      const byte = bytes[start++];
      if (byte === undefined) {
        flush();
        return at;
      }
      length += (byte & 0x7f) * 2 ** shift;
      if (byte < 0x80) break;
    }
    if (bytes.length < start + length) {
      flush();
      return at;
    }
    take((bytes[at] ?? 0) >> 4, bytes.subarray(start, start + length));
    at = start + length;
  }
}
