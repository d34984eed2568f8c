/** Frames of one device that makes them itself, without the agent: one channel, sequences from 1. */
import { randomInt } from 'node:crypto';
import { encodeFrame } from '@weir/protocol';
import { systemClock } from '@weir/runtime';
import { CHANNEL, SOURCE } from '../assignment.js';

const EPOCH_MIN = 2 ** 32;
const AGENT = 'weir-bench';

export interface Reading {
  readonly takenUs: number;
  readonly value: number;
}

export class ReadingsFrames {
  readonly #device: string;
  readonly #epoch = EPOCH_MIN + randomInt(2 ** 40);
  #seq = 0;

  constructor(device: string) {
    this.#device = device;
  }

  /** To be made as late as can be: it says what time it is. */
  hello(): Uint8Array {
    const epochs = [{ epoch: this.#epoch, held: null, anchor: null, deviceUtcUs: null }];
    const monotonicUs = systemClock.monotonicUs();
    return encodeFrame({
      ...{ type: 'hello', version: 1, device: this.#device, agent: AGENT, monotonicUs, epochs },
    });
  }

  describe(): Uint8Array {
    const channel = {
      index: 0,
      name: `${SOURCE}/${CHANNEL}`,
      type: 'number',
      unit: '',
      intervalMs: null,
    } as const;
    return encodeFrame({ type: 'describe', epoch: this.#epoch, seq: ++this.#seq, channels: [channel] });
  }

  readings(readings: readonly Reading[]): Uint8Array {
    const times = Float64Array.from(readings, ({ takenUs }) => takenUs);
    const values = Float64Array.from(readings, ({ value }) => value);
    return encodeFrame({
      ...{ type: 'readings', epoch: this.#epoch, seq: ++this.#seq },
      columns: [{ channel: 0, times, values }],
    });
  }
}
