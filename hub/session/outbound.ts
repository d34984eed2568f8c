import { encodeFrame, type EpochRef, type HubFrame, type Reject } from '@weir/protocol';
import type { DeviceEntry } from '../registry/device.js';
import { AckQueue } from './ack-queue.js';
import { Credit } from './credit.js';
import type { SessionHost } from './host.js';
import type { Liveness } from './liveness.js';
import type { SessionPort } from './port.js';

/** What a session has to say: frames at once, acks and rejects of one commit together, and the device's credit with them. */
export class Outbound {
  readonly #host: SessionHost;
  readonly #port: SessionPort;
  readonly #liveness: Liveness;
  readonly #acks = new AckQueue();
  readonly #rejects: Reject[] = [];
  readonly #credit = new Credit();

  constructor(host: SessionHost, port: SessionPort, liveness: Liveness) {
    this.#host = host;
    this.#port = port;
    this.#liveness = liveness;
  }

  send(frame: HubFrame): void {
    this.#sendBytes(encodeFrame(frame));
  }

  /** Tells of a refusal at once. */
  reject(device: DeviceEntry | null, reject: Reject): void {
    this.#host.refused(device, reject);
    this.send(reject);
  }

  /** The credit to tell the device of, which from here on it was told. */
  grant(): number {
    return this.#credit.tell(this.#host.credit());
  }

  /** Tells the device of its credit if that is not what it was told last. */
  renewCredit(): void {
    if (this.#host.credit() !== this.#credit.told)
      this.send({ type: 'ack', credit: this.grant(), stored: [] });
  }

  /** A frame was taken. The fault in words when that is more than the device may have unanswered, else null. */
  taken(): string | null {
    if (this.#credit.spend()) return null;
    return `more than ${this.#credit.limit} unanswered frames, twice the credit granted`;
  }

  /** Frames are on disk. They are acknowledged with the next flush. */
  stored(ref: EpochRef, first: number, last: number): void {
    this.#acks.add(ref, first, last);
    this.#credit.regain(last - first + 1);
  }

  /** A frame that was on disk before came again. */
  known(ref: EpochRef, seq: number): void {
    this.#acks.add(ref, seq, seq);
    this.#port.flushSoon();
  }

  /** The record of a refusal is on disk. */
  refused(reject: Reject): void {
    this.#rejects.push(reject);
    this.#credit.regain(1);
  }

  flush(device: DeviceEntry | null): void {
    for (const reject of this.#rejects.splice(0)) this.reject(device, reject);
    if (this.#acks.empty) return;
    for (const frame of this.#acks.take(this.grant())) this.#sendBytes(frame);
  }

  #sendBytes(bytes: Uint8Array): void {
    this.#liveness.said();
    this.#port.send(bytes);
  }
}
