/**
 * One device at a hub:
 *
 *   hello ──welcome──► describe ──ack──► ready; readings … ◄──acks, credit
 */
import { decodeFrame, encodeFrame, FrameType } from '@weir/protocol';
import { WeirError } from '@weir/runtime';
import { AnswerReader } from './answer-reader.js';
import type { DeviceOrder, LoadDevice } from './answered-load.js';
import { Blocks } from './blocks.js';
import { connectAll } from './connect-all.js';
import { FrameBlock, HELLO_MONOTONIC_US } from './frame-block.js';
import { deviceName } from './load.js';
import { Sender } from './sender.js';
import { WEBSOCKET_WRAP } from './websocket-wrap.js';
import type { WireSocket } from './wire-socket.js';

const ANSWER = new AnswerReader();
const DESCRIBE_SEQ = 1;
/** Most frames in one write: as much as a hub grants one device by default. */
const SLOTS = 256;

/** Connects all devices of an order. */
export async function openWeirDevices(given: DeviceOrder): Promise<WeirDevice[]> {
  const { server, connections, readingsPerFrame, seed } = given.order;
  const sockets = await connectAll(server, connections);
  const blocks = new Blocks(seed, (each) => new FrameBlock(readingsPerFrame, SLOTS, each, WEBSOCKET_WRAP));
  const devices = sockets.map((socket, index) => new WeirDevice(index + 1, socket, blocks, given));
  await Promise.all(devices.map((device) => device.ready));
  return devices;
}

export class WeirDevice implements LoadDevice {
  readonly name: string;
  readonly sender: Sender<FrameBlock>;
  /** The hub knows the device and its channel. */
  readonly ready: Promise<void>;
  readonly #socket: WireSocket;
  readonly #fault: DeviceOrder['fault'];
  #becameReady: () => void = () => undefined;

  constructor(number: number, socket: WireSocket, blocks: Blocks<FrameBlock>, given: DeviceOrder) {
    this.name = deviceName(number);
    this.#socket = socket;
    this.#fault = given.fault;
    this.ready = new Promise((resolve) => (this.#becameReady = resolve));
    this.sender = new Sender({
      ...{ blocks, counts: given.counts, firstSeq: DESCRIBE_SEQ + 1 },
      messages: (block, first, count) => block.messages(first, count),
      write: (bytes, drained) => socket.write(bytes, drained),
    });
    socket.listen({ message: (bytes) => this.#message(bytes), closed: (reason) => this.#fail(reason) });
    const epoch = 2 ** 40 + given.order.seed * 2 ** 20 + number;
    socket.send(
      encodeFrame({
        ...{ type: 'hello', version: 1, device: this.name, agent: 'weir-bench' },
        monotonicUs: HELLO_MONOTONIC_US,
        epochs: [{ epoch, held: null, anchor: null, deviceUtcUs: null }],
      }),
    );
  }

  #message(bytes: Uint8Array): void {
    const type = ANSWER.begin(bytes);
    if (type === FrameType.ack) this.#acked();
    else if (type === FrameType.welcome) this.#welcomed(bytes);
    else if (type === FrameType.reject || type === FrameType.goodbye)
      this.#fail(`the hub said ${JSON.stringify(decodeFrame(bytes))}`);
  }

  #welcomed(bytes: Uint8Array): void {
    const welcome = decodeFrame(bytes);
    if (welcome.type !== 'welcome') return;
    this.sender.window = welcome.credit;
    const channels = [
      { index: 0, name: 'air/temperature', type: 'number' as const, unit: 'Cel', intervalMs: 1_000 },
    ];
    this.#socket.send(encodeFrame({ type: 'describe', epoch: 0, seq: DESCRIBE_SEQ, channels }));
  }

  #acked(): void {
    const nowUs = performance.now() * 1000;
    this.sender.window = ANSWER.next();
    for (let left = ANSWER.ranges; left > 0; left--) {
      ANSWER.next();
      let first = ANSWER.next();
      const last = ANSWER.next();
      if (first === DESCRIBE_SEQ) {
        this.#becameReady();
        first++;
      }
      if (first <= last && !this.sender.take(first, last, nowUs))
        return this.#fail(`an ack of ${first} to ${last}, some of which were not on the way`);
    }
    this.sender.send();
  }

  #fail(reason: string): void {
    this.#fault.raise(new WeirError('bench.refused', `${this.name}: ${reason}`));
  }
}
