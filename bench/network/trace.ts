/** Every packet that crossed the link, in columns: time, size, way. What bytes and energy are counted from. */
export interface Trace {
  /** 'packets': each IP packet was seen. 'estimated': made up from what crossed a proxy, by the rules of TCP. */
  readonly counted: 'packets' | 'estimated';
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

/** Sums over a stretch of a trace, one way. */
export interface WireSums {
  readonly packets: number;
  readonly bytes: number;
  readonly payload: number;
  /** Packets that carry an acknowledgement and nothing else. */
  readonly bareAcks: number;
}
