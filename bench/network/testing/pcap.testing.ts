/** A capture of tcpdump's, read (https://www.tcpdump.org/manpages/pcap-savefile.5.txt). */
export interface Captured {
  readonly source: string;
  readonly bytes: number;
  readonly payload: number;
  readonly flags: number;
}

const MICROSECONDS = 0xa1b2c3d4;
const LINKTYPE_RAW = 101;
const FILE_HEADER = 24;
const RECORD_HEADER = 16;

/** The IPv4 TCP packets of a capture on an interface without a link layer. */
export function readCapture(file: Buffer): Captured[] {
  if (file.readUInt32LE(0) !== MICROSECONDS || file.readUInt32LE(20) !== LINKTYPE_RAW)
    throw new Error('not a capture of raw IP');
  const packets: Captured[] = [];
  for (let at = FILE_HEADER; at < file.length;) {
    const length = file.readUInt32LE(at + 8);
    const packet = file.subarray(at + RECORD_HEADER, at + RECORD_HEADER + length);
    const total = packet.readUInt16BE(2);
    const tcp = packet.subarray((packet.readUInt8(0) % 16) * 4, total);
    packets.push({
      source: [...packet.subarray(12, 16)].join('.'),
      bytes: total,
      payload: tcp.length - Math.floor(tcp.readUInt8(12) / 16) * 4,
      flags: tcp.readUInt8(13),
    });
    at += RECORD_HEADER + length;
  }
  return packets;
}
