import type { TracedPacket } from '../trace-recorder.js';

const TCP = 6;
const UDP_HEADER = 8;

/** What a trace keeps of an IP packet; null for what is not IPv4. A header that lies is read as far as there are bytes. */
export function readPacket(packet: Buffer): TracedPacket | null {
  if (packet.length < 20 || (packet[0] ?? 0) >> 4 !== 4) return null;
  const transport = ((packet[0] ?? 0) & 15) * 4;
  const isTcp = packet[9] === TCP;
  const header = isTcp ? ((packet[transport + 12] ?? 0) >> 4) * 4 : UDP_HEADER;
  return {
    bytes: packet.length,
    payload: Math.max(0, packet.length - transport - header),
    flags: isTcp ? (packet[transport + 13] ?? 0) : 0,
  };
}
