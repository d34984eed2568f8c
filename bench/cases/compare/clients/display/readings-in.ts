import type { StreamMessage } from './carrier.js';

/** Who had the value `reading`: the device's number in the run. */
export type SeeReading = (device: number, reading: number) => void;

/** Tells `see` of every reading in messages of the stream, of devices named `PREFIX` and their number. */
export function readingsIn(messages: readonly StreamMessage[], prefix: string, see: SeeReading): void {
  for (const { batches = [] } of messages)
    for (const { device, values } of batches) {
      const number = Number(device.slice(prefix.length));
      if (!device.startsWith(prefix) || !Number.isInteger(number)) continue;
      for (const value of values) see(number, Number(value));
    }
}
