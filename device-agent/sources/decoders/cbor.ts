/** SLIP packets that are one CBOR map (RFC 8949) of name to value, as microcontroller libraries write them. */
import { Decoder as CborReader } from 'cbor-x';
import { faultOfCbor } from './cbor-check.js';
import type { FrameDecoder } from './decoder.js';
import { sendFlattened } from './flatten.js';
import { unescapeSlip } from './slip.js';

const MAJOR_MAP = 5;

export function cborPacketDecoder(maxBytes: number): FrameDecoder {
  const reader = new CborReader({ mapsAsObjects: false, useRecords: false });
  return (packet, monotonicUs, out) => {
    const bytes = unescapeSlip(packet);
    if (bytes === null) return 'a wrong SLIP escape';
    if (bytes.length > maxBytes) return `longer than ${maxBytes} bytes`;
    if ((bytes[0] ?? 0) >> 5 !== MAJOR_MAP) return 'not a CBOR map';
    const fault = faultOfCbor(bytes);
    if (fault !== null) return fault;
    const map = read(reader, bytes);
    if (!(map instanceof Map)) return 'not a CBOR map';
    sendFlattened(map, monotonicUs, out);
    return null;
  };
}

function read(reader: CborReader, bytes: Buffer): unknown {
  try {
    return reader.decode(bytes);
  } catch {
    return undefined;
  }
}
