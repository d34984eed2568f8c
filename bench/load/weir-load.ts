import { Latency } from '../measure/latency.js';
import { Blocks } from './blocks.js';
import { connectAll } from './connect-all.js';
import type { Load, LoadFault, LoadMark, LoadOrder } from './load.js';
import { WeirDevice } from './weir-device.js';

const LOOK_MS = 5;
/** Most frames that one write may have: more than any credit that a hub grants by default. */
const SLOTS = 256;

/** Devices of a hub that send as much as it lets them. */
export class WeirLoad implements Load {
  readonly #order: LoadOrder;
  readonly #fault: LoadFault;
  readonly #latency = new Latency();
  readonly #counts = { sent: 0, answered: 0, bytes: 0, latency: this.#latency };
  readonly #blocks: Blocks;
  #devices: WeirDevice[] = [];

  constructor(order: LoadOrder, fault: LoadFault) {
    this.#order = order;
    this.#fault = fault;
    this.#blocks = new Blocks(order.readingsPerFrame, SLOTS, order.seed);
  }

  async connect(): Promise<void> {
    const { server, connections, seed } = this.#order;
    const sockets = await connectAll(server, connections);
    this.#devices = sockets.map(
      (socket, index) =>
        new WeirDevice({
          ...{ socket, counts: this.#counts, blocks: this.#blocks, nowUs },
          name: `bench-${String(index + 1).padStart(5, '0')}`,
          epoch: 2 ** 40 + seed * 2 ** 20 + index,
          failed: (error) => this.#fault.raise(error),
        }),
    );
    await Promise.all(this.#devices.map((device) => device.ready));
  }

  start(): void {
    for (const device of this.#devices) device.start();
  }

  mark(): LoadMark {
    const { sent, answered, bytes } = this.#counts;
    const mark = { atUs: nowUs(), sent, answered, bytes, latencyMs: this.#latency.summary() };
    this.#latency.reset();
    return mark;
  }

  async stop(): Promise<LoadMark> {
    for (const device of this.#devices) device.stop();
    while (this.#devices.some((device) => device.unanswered > 0))
      await new Promise((resolve) => setTimeout(resolve, LOOK_MS));
    return this.mark();
  }

  answeredByDevice(): ReadonlyMap<string, number> {
    return new Map(this.#devices.map((device) => [device.name, device.answered]));
  }
}

/** Us since this process began. */
function nowUs(): number {
  return performance.now() * 1000;
}
