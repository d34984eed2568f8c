import { createHash } from 'node:crypto';
import type { Entropy } from '@weir/runtime';
import type { DeviceEntry } from '../registry/device.js';

const EPOCH_ID_START = 2 ** 32;
const EPOCH_ID_END = 2 ** 53;
/** Devices whose epoch is remembered; one that was forgotten gets another. */
const DEVICES_MAX = 10_000;

/** An epoch that the hub numbers itself, for a device that speaks SenML and knows of no epochs. */
export class OwnEpoch {
  readonly epoch: number;
  /** Sequence of the next frame. */
  nextSeq = 1;

  constructor(epoch: number) {
    this.epoch = epoch;
  }
}

/** One epoch for each device and run of the hub; and for a request with an idempotency key, one made from the key. */
export class OwnEpochs {
  readonly #entropy: Entropy;
  readonly #epochs = new Map<DeviceEntry, OwnEpoch>();

  constructor(entropy: Entropy) {
    this.#entropy = entropy;
  }

  of(device: DeviceEntry): OwnEpoch {
    const known = this.#epochs.get(device);
    if (known !== undefined) return known;
    const [oldest] = this.#epochs.size >= DEVICES_MAX ? this.#epochs.keys() : [];
    if (oldest !== undefined) this.#epochs.delete(oldest);
    const epoch = new OwnEpoch(this.#entropy.integer(EPOCH_ID_START, EPOCH_ID_END));
    this.#epochs.set(device, epoch);
    return epoch;
  }

  /** The same key and device give the same epoch for ever: what a request sent twice holds is known the second time. */
  forKey(device: DeviceEntry, key: string): OwnEpoch {
    const hash = createHash('sha256').update(`${device.name}\0${key}`).digest();
    return new OwnEpoch(2 ** 52 + Number(hash.readBigUInt64BE(0) >> 12n));
  }
}
