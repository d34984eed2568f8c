import { STATUS_CODES } from 'node:http';
import type { Duplex } from 'node:stream';
import type { Refusal } from '../auth/gate.js';

/** Headers of docs/protocol.md, section 4. */
export const RETRY_AFTER_MS_HEADER = 'Weir-Retry-After-Ms';
export const TICKET_HEADER = 'Weir-Ticket';

/** Answers an upgrade request without upgrading: a few hundred bytes on the raw socket, which is then closed. */
export function refuseUpgrade(socket: Duplex, refusal: Refusal): void {
  const { status, code, message, retryAfterS, retryAfterMs, ticket } = refusal;
  const body = JSON.stringify({ error: { code, message, limit: null, value: null } });
  const lines = [
    `HTTP/1.1 ${status} ${STATUS_CODES[status] ?? ''}`,
    'Connection: close',
    'Content-Type: application/json; charset=utf-8',
    `Content-Length: ${Buffer.byteLength(body)}`,
  ];
  if (status === 401) lines.push('WWW-Authenticate: Bearer');
  if (retryAfterS !== undefined) lines.push(`Retry-After: ${retryAfterS}`);
  if (retryAfterMs !== undefined) lines.push(`${RETRY_AFTER_MS_HEADER}: ${retryAfterMs}`);
  if (typeof ticket === 'string') lines.push(`${TICKET_HEADER}: ${ticket}`);
  socket.once('finish', () => socket.destroy());
  socket.end(`${lines.join('\r\n')}\r\n\r\n${body}`);
}
