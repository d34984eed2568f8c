import { Latency } from '../measure/latency.js';
import type { Load, LoadFault, LoadMark, LoadOrder } from './load.js';
import { Pace } from './pace.js';
import type { LoadCounts, Sender } from './sender.js';

/** A connection that is ready to send. */
export interface LoadDevice {
  readonly name: string;
  readonly sender: Pick<Sender<never>, 'answered' | 'idle' | 'flood' | 'stop' | 'due'>;
}

export interface DeviceOrder {
  readonly order: LoadOrder;
  readonly counts: LoadCounts;
  readonly fault: LoadFault;
}

const LOOK_MS = 5;

/** Devices of a server that answers every frame. */
export class AnsweredLoad implements Load {
  readonly #order: DeviceOrder;
  readonly #open: (order: DeviceOrder) => Promise<LoadDevice[]>;
  readonly #counts: LoadCounts = { sent: 0, answered: 0, bytes: 0, latency: new Latency() };
  #devices: LoadDevice[] = [];
  #pace: Pace | null = null;

  /** `open` makes all devices, each ready. */
  constructor(order: LoadOrder, fault: LoadFault, open: (order: DeviceOrder) => Promise<LoadDevice[]>) {
    this.#order = { order, counts: this.#counts, fault };
    this.#open = open;
  }

  async connect(): Promise<void> {
    this.#devices = await this.#open(this.#order);
  }

  start(): void {
    const { framesPerS } = this.#order.order;
    if (framesPerS === null) return this.#devices.forEach(({ sender }) => sender.flood());
    this.#pace = new Pace(framesPerS, (count, dueUs) =>
      this.#devices[count % this.#devices.length]?.sender.due(dueUs),
    );
    this.#pace.start();
  }

  mark(): LoadMark {
    const { sent, answered, bytes, latency } = this.#counts;
    const mark = { atUs: performance.now() * 1000, sent, answered, bytes, latencyMs: latency.summary() };
    latency.reset();
    return mark;
  }

  async stop(): Promise<LoadMark> {
    this.#pace?.stop();
    for (const { sender } of this.#devices) sender.stop();
    while (this.#devices.some(({ sender }) => !sender.idle))
      await new Promise((resolve) => setTimeout(resolve, LOOK_MS));
    return this.mark();
  }

  answeredByDevice(): ReadonlyMap<string, number> {
    return new Map(this.#devices.map(({ name, sender }) => [name, sender.answered]));
  }
}
