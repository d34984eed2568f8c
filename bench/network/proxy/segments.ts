/** What a TCP of Linux's would have sent for the bytes that cross a proxy: sizes and headers, RFC 9293 and RFC 7323. */
import { TCP_FLAGS } from '../trace.js';
import type { TracedPacket } from '../trace-recorder.js';

/** Of IP and of TCP with timestamps, bytes. */
const HEADERS = 20 + 32;
/** A SYN's further options: segment size, window scale, selective acknowledgements. */
const SYN_OPTIONS = 8;
/** Of an MTU of 1,500. */
export const SEGMENT_BYTES = 1500 - HEADERS;

const { syn, ack, psh, fin, rst } = TCP_FLAGS;
const bare = (flags: number, options = 0): TracedPacket => ({ bytes: HEADERS + options, payload: 0, flags });

export const SYN = bare(syn, SYN_OPTIONS);
export const SYN_ACK = bare(syn | ack, SYN_OPTIONS);
export const ACK = bare(ack);
export const FIN = bare(fin | ack);
export const RST = bare(rst);

export function dataPacket(payload: number): TracedPacket {
  return { bytes: HEADERS + payload, payload, flags: ack | psh };
}
