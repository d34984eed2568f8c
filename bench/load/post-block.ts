/**
 * POSTs of the same frames as the WebSocket carries, made once, device and numbers put in in place:
 *
 *   POST … Content-Length: N | hello, of bench-00000 | readings frame, its epoch by id
 */
import { encodeFrame } from '@weir/protocol';
import { FrameBlock, HELLO_MONOTONIC_US } from './frame-block.js';
import { deviceName } from './load.js';
import type { Server } from './wire-socket.js';

const NUMBERLESS = deviceName(0);
const DIGITS = 5;
const DIGITS_FROM = NUMBERLESS.length - DIGITS;
/** Devices have the same: the name tells them apart. */
const EPOCH = 2 ** 40;

export interface PostOptions {
  readonly server: Server;
  readonly readingsPerFrame: number;
  readonly seed: number;
  /** The hub is told to keep no connection: each POST has its own. */
  readonly closes: boolean;
}

const HELLO = encodeFrame({
  ...{ type: 'hello', version: 1, device: NUMBERLESS, agent: 'weir-bench' },
  monotonicUs: HELLO_MONOTONIC_US,
  epochs: [{ epoch: EPOCH, held: null, anchor: null, deviceUtcUs: null }],
});
const NAME_IN_HELLO = Buffer.from(HELLO).indexOf(NUMBERLESS);

export class PostBlock {
  /** A connection has one request at a time. */
  readonly slots = 1;
  readonly #block: FrameBlock;

  constructor({ server, readingsPerFrame, seed, closes }: PostOptions) {
    const message = (payload: Uint8Array): Uint8Array => postOf(server, closes, payload);
    this.#block = new FrameBlock(readingsPerFrame, 1, seed, { message, mask: 0 }, EPOCH);
  }

  /** The POST of one frame of a device; valid until the next call. */
  message(device: number, seq: number): Buffer {
    const bytes = this.#block.messages(seq, 1);
    named(bytes, this.#block.payloadAt(0) - HELLO.length, device);
    return bytes;
  }
}

/** The POST by which a device describes its channel, under sequence `seq`. */
export function describePost(server: Server, closes: boolean, device: number, seq: number): Buffer {
  const channel = { index: 0, name: 'air/temperature', unit: 'Cel', intervalMs: 1_000 };
  const channels = [{ ...channel, type: 'number' as const }];
  const describe = encodeFrame({ type: 'describe', epoch: EPOCH, seq, channels });
  const bytes = postOf(server, closes, describe);
  named(bytes, bytes.length - describe.length - HELLO.length, device);
  return bytes;
}

function named(bytes: Buffer, helloAt: number, device: number): void {
  bytes.write(String(device).padStart(DIGITS, '0'), helloAt + NAME_IN_HELLO + DIGITS_FROM, 'latin1');
}

/** No more headers than the hub needs. */
function postOf({ host, port, token }: Server, closes: boolean, payload: Uint8Array): Buffer {
  const lines = [
    'POST /api/v1/readings HTTP/1.1',
    `Host: ${host}:${port}`,
    `Authorization: Bearer ${token}`,
    'Content-Type: application/cbor',
    `Content-Length: ${HELLO.length + payload.length}`,
    ...(closes ? ['Connection: close'] : []),
    '\r\n',
  ];
  return Buffer.concat([Buffer.from(lines.join('\r\n')), HELLO, payload]);
}
