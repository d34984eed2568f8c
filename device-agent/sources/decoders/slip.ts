/**
 * SLIP's escapes (RFC 1055). The packets end with END, which the framer takes as its delimiter.
 *
 *   END 192   ESC 219   ESC END -> 219 220   ESC ESC -> 219 221
 */
export const SLIP_END = 0xc0;
const ESC = 0xdb;
const ESC_END = 0xdc;
const ESC_ESC = 0xdd;

/** The packet's bytes without escapes (the same view when there are none); null when an escape is wrong or cut. */
export function unescapeSlip(packet: Buffer): Buffer | null {
  const firstEscape = packet.indexOf(ESC);
  if (firstEscape < 0) return packet;
  const bytes = Buffer.allocUnsafe(packet.length);
  packet.copy(bytes, 0, 0, firstEscape);
  let length = firstEscape;
  for (let at = firstEscape; at < packet.length; at++) {
    let byte = packet[at];
    if (byte === ESC) {
      byte = packet[++at];
      if (byte === ESC_END) byte = SLIP_END;
      else if (byte === ESC_ESC) byte = ESC;
      else return null;
    }
    bytes[length++] = byte ?? 0;
  }
  return bytes.subarray(0, length);
}
