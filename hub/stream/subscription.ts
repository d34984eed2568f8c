import type { DeviceEntry } from '../registry/device.js';
import type { Carrier } from './carrier.js';
import type { StreamMessage } from './messages.js';

/** Unsent bytes above which device states wait; readings have their own window. */
const BUFFERED_BYTES_MAX = 256 * 1024;

export interface SubscriptionParts {
  readonly carrier: Carrier;
  /** What the subscriber calls itself. */
  readonly name: string;
  readonly remote: string;
  readonly wantsDevice: (name: string) => boolean;
  /** The JSON of a device's state. */
  readonly describe: (device: DeviceEntry) => object;
  /** Text has been handed to the kernel. */
  readonly onConsumed: (characters: number) => void;
}

/** The main thread's end of one live subscription: forwards what the worker made, and tells of devices. */
export class Subscription {
  readonly carrier: Carrier;
  readonly name: string;
  readonly remote: string;
  /** Where the next message of readings begins in the log. */
  cursor: number;
  readonly #parts: SubscriptionParts;
  /** Devices whose state is yet to be told; one that changes twice meanwhile is told once. */
  readonly #due = new Set<DeviceEntry>();

  constructor(parts: SubscriptionParts, cursor: number) {
    this.carrier = parts.carrier;
    this.name = parts.name;
    this.remote = parts.remote;
    this.cursor = cursor;
    this.#parts = parts;
  }

  forward(message: StreamMessage): void {
    this.cursor = message.cursor ?? this.cursor;
    this.carrier.send(message, () => this.#parts.onConsumed(message.text.length));
  }

  deviceChanged(device: DeviceEntry): void {
    if (!this.#parts.wantsDevice(device.name)) return;
    this.#due.add(device);
    this.#tellDevices();
  }

  /** A third of the deadline has passed. */
  tick(): void {
    this.carrier.tick();
    this.#tellDevices();
  }

  #tellDevices(): void {
    for (const device of this.#due) {
      if (this.carrier.bufferedBytes > BUFFERED_BYTES_MAX) return;
      this.#due.delete(device);
      const text = JSON.stringify({ type: 'device', device: this.#parts.describe(device) });
      this.carrier.send({ event: 'device', text, cursor: null }, () => this.#tellDevices());
    }
  }
}
