import type { WebSocket } from 'ws';
import type { DeviceEntry } from '../registry/device.js';

/** Unsent bytes above which device states wait; readings have their own window. */
const BUFFERED_BYTES_MAX = 256 * 1024;
const SILENT_TICKS_MAX = 3;

export interface SubscriptionParts {
  readonly id: number;
  readonly socket: WebSocket;
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
  readonly id: number;
  readonly name: string;
  readonly remote: string;
  /** Where the next message of readings begins in the log. */
  cursor: number;
  readonly #parts: SubscriptionParts;
  /** Devices whose state is yet to be told; one that changes twice meanwhile is told once. */
  readonly #due = new Set<DeviceEntry>();
  #heard = true;
  #silentTicks = 0;

  constructor(parts: SubscriptionParts, cursor: number) {
    this.id = parts.id;
    this.name = parts.name;
    this.remote = parts.remote;
    this.cursor = cursor;
    this.#parts = parts;
    for (const event of ['message', 'ping', 'pong'] as const)
      parts.socket.on(event, () => (this.#heard = true));
  }

  forward(text: string, cursor: number): void {
    this.cursor = cursor;
    this.#send(text, () => this.#parts.onConsumed(text.length));
  }

  deviceChanged(device: DeviceEntry): void {
    if (!this.#parts.wantsDevice(device.name)) return;
    this.#due.add(device);
    this.#tellDevices();
  }

  /** A third of the deadline has passed. */
  tick(): void {
    this.#silentTicks = this.#heard ? 0 : this.#silentTicks + 1;
    if (this.#silentTicks >= SILENT_TICKS_MAX) return this.#parts.socket.terminate();
    this.#heard = false;
    if (this.#parts.socket.readyState === this.#parts.socket.OPEN) this.#parts.socket.ping();
    this.#tellDevices();
  }

  /** Ends it; the subscriber comes back with its cursor. */
  end(code: number, reason: string): void {
    this.#parts.socket.close(code, reason);
  }

  #tellDevices(): void {
    for (const device of this.#due) {
      if (this.#parts.socket.bufferedAmount > BUFFERED_BYTES_MAX) return;
      this.#due.delete(device);
      const text = JSON.stringify({ type: 'device', device: this.#parts.describe(device) });
      this.#send(text, () => this.#tellDevices());
    }
  }

  #send(text: string, sent: () => void): void {
    if (this.#parts.socket.readyState !== this.#parts.socket.OPEN) return;
    this.#parts.socket.send(text, (error) => {
      if (!error) sent();
    });
  }
}
