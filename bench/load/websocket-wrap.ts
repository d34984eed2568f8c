/**
 * Messages as a WebSocket client sends them. It must mask (RFC 6455, section 5.3); the key may be any. One of four equal bytes
 * is legal, costs the server what any other does, and lets a number be masked by itself wherever it stands.
 */
import type { Wrap } from './frame-block.js';

const MASK = 0x5a;
const BINARY = 2;

export function maskedMessage(payload: Uint8Array, opcode = BINARY): Buffer<ArrayBuffer> {
  const { length } = payload;
  const extended = length < 126 ? 0 : length < 65_536 ? 2 : 8;
  const head = 2 + extended + 4;
  const message = Buffer.alloc(head + length, MASK);
  message[0] = 0x80 | opcode;
  message[1] = 0x80 | (extended === 0 ? length : extended === 2 ? 126 : 127);
  if (extended === 2) message.writeUInt16BE(length, 2);
  if (extended === 8) message.writeBigUInt64BE(BigInt(length), 2);
  for (let i = 0; i < length; i++) message[head + i] = (payload[i] ?? 0) ^ MASK;
  return message;
}

export const WEBSOCKET_WRAP: Wrap = { mask: 0x5a5a5a5a, message: (payload) => maskedMessage(payload) };
