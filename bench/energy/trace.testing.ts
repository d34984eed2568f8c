import type { Trace } from '../network/trace.js';

/** A packet of a made-up trace. */
export interface Packet {
  readonly atS: number;
  /** With IP header. */
  readonly bytes: number;
  readonly up: boolean;
}

export function traceOf(packets: readonly Packet[]): Trace {
  return {
    counted: 'packets',
    length: packets.length,
    timesUs: Float64Array.from(packets, ({ atS }) => atS * 1e6),
    bytes: Uint16Array.from(packets, ({ bytes }) => bytes),
    payload: new Uint16Array(packets.length),
    up: Uint8Array.from(packets, ({ up }) => (up ? 1 : 0)),
    flags: new Uint8Array(packets.length),
  };
}

/** One packet up every `everyS` from 0 to before `untilS`. */
export function steady(everyS: number, untilS: number, bytes: number): Packet[] {
  return Array.from({ length: Math.round(untilS / everyS) }, (_, i) => ({
    atS: i * everyS,
    bytes,
    up: true,
  }));
}
