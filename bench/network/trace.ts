import type { WayName } from './impairments.js';

/** Every packet that crossed the link, in columns: time, size, way. What bytes and energy are counted from. */
export interface Trace {
  /** 'packets': each IP packet was seen. 'estimated': made up from what crossed a proxy, by the rules of TCP. */
  readonly counted: 'packets' | 'estimated';
  /** Packets, those that were lost on the way among them: their sender did send them. */
  readonly length: number;
  /** When the packet left its sender, us of `systemClock.monotonicUs`, ascending. */
  readonly timesUs: Float64Array;
  /** Length with IP header, bytes. */
  readonly bytes: Uint16Array;
  /** Of that, what TCP carries, bytes; 0 for an acknowledgement alone. */
  readonly payload: Uint16Array;
  /** 1 from the device's side, 0 to it. */
  readonly up: Uint8Array;
  /** TCP flags, RFC 9293 (SYN 2, FIN 1, RST 4, ACK 16). */
  readonly flags: Uint8Array;
}

/** A trace with what did not get through. */
export interface LinkTrace extends Trace {
  /** Packets that the network lost, by chance or since its queue was full. They are in the trace. */
  readonly lost: Readonly<Record<WayName, number>>;
  /** Packets that the emulator itself could not take in time; they are not in the trace. More than a few, and it was overloaded. */
  readonly overrun: number;
}

/** Sums over a stretch of a trace, one way. */
export interface WireSums {
  readonly packets: number;
  readonly bytes: number;
  readonly payload: number;
  /** Packets that carry an acknowledgement and nothing else. */
  readonly bareAcks: number;
}

export const TCP_FLAGS = { fin: 1, syn: 2, rst: 4, psh: 8, ack: 16 } as const;
/** What makes an acknowledgement more than one. */
const MORE_THAN_ACK = TCP_FLAGS.fin | TCP_FLAGS.syn | TCP_FLAGS.rst;

/** Of the packets that left their sender from `fromUs` until before `toUs`. */
export function sumsOf(trace: Trace, way: WayName, fromUs: number, toUs: number): WireSums {
  const sums = { packets: 0, bytes: 0, payload: 0, bareAcks: 0 };
  const up = way === 'up' ? 1 : 0;
  for (const at of stretch(trace, fromUs, toUs)) {
    if (trace.up[at] !== up) continue;
    const [payload = 0, flags = 0] = [trace.payload[at], trace.flags[at]];
    sums.packets++;
    sums.bytes += trace.bytes[at] ?? 0;
    sums.payload += payload;
    if (payload === 0 && (flags & TCP_FLAGS.ack) !== 0 && (flags & MORE_THAN_ACK) === 0) sums.bareAcks++;
  }
  return sums;
}

/** Connections that the device's side opened from `fromUs` until before `toUs`: its SYNs, one that is sent again too. */
export function connectionsIn(trace: Trace, fromUs: number, toUs: number): number {
  let connections = 0;
  for (const at of stretch(trace, fromUs, toUs)) {
    const flags = trace.flags[at] ?? 0;
    if (trace.up[at] === 1 && (flags & TCP_FLAGS.syn) !== 0 && (flags & TCP_FLAGS.ack) === 0) connections++;
  }
  return connections;
}

/** Indexes of the packets from `fromUs` until before `toUs`. */
function* stretch(trace: Trace, fromUs: number, toUs: number): Generator<number> {
  for (let at = firstFrom(trace, fromUs); at < trace.length && (trace.timesUs[at] ?? 0) < toUs; at++)
    yield at;
}

function firstFrom({ timesUs, length }: Trace, fromUs: number): number {
  let [low, high] = [0, length];
  while (low < high) {
    const middle = (low + high) >> 1;
    if ((timesUs[middle] ?? 0) < fromUs) low = middle + 1;
    else high = middle;
  }
  return low;
}
