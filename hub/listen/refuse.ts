import { STATUS_CODES } from 'node:http';
import type { Duplex } from 'node:stream';
import type { Refusal } from '../auth/gate.js';

/** Headers of docs/protocol.md, section 4. */
const RETRY_AFTER_MS_HEADER = 'Weir-Retry-After-Ms';
export const TICKET_HEADER = 'Weir-Ticket';

/** Answers an upgrade request without upgrading: a few hundred bytes on the raw socket, which is then closed. */
export function refuseUpgrade(socket: Duplex, refusal: Refusal): void {
  const { status, code, message } = refusal;
  const body = JSON.stringify({ error: { code, message, limit: null, value: null } });
  const lines = [
    `HTTP/1.1 ${status} ${STATUS_CODES[status] ?? ''}`,
    'Connection: close',
    'Content-Type: application/json; charset=utf-8',
    `Content-Length: ${Buffer.byteLength(body)}`,
  ];
  for (const [name, value] of Object.entries(refusalHeaders(refusal))) lines.push(`${name}: ${value}`);
  socket.once('finish', () => socket.destroy());
  socket.end(`${lines.join('\r\n')}\r\n\r\n${body}`);
}

/** What a refusal says in headers: who would get in, and when to come back. */
export function refusalHeaders({
  status,
  retryAfterS,
  retryAfterMs,
  ticket,
}: Refusal): Record<string, string> {
  return {
    ...(status === 401 ? { 'WWW-Authenticate': 'Bearer' } : {}),
    ...(retryAfterS === undefined ? {} : { 'Retry-After': String(retryAfterS) }),
    ...(retryAfterMs === undefined ? {} : { [RETRY_AFTER_MS_HEADER]: String(retryAfterMs) }),
    ...(typeof ticket === 'string' ? { [TICKET_HEADER]: ticket } : {}),
  };
}
