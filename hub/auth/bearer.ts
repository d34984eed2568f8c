import type { IncomingHttpHeaders } from 'node:http';

const SUBPROTOCOL_PREFIX = 'bearer.';

/**
 * The bearer token of a request (RFC 6750 section 2.1), or null. A browser cannot set headers on a WebSocket: there the
 * token comes as a subprotocol `bearer.TOKEN`, which, unlike a query, ends up in no access log.
 */
export function bearerOf(headers: IncomingHttpHeaders): string | null {
  const match = /^Bearer +([^\s]+) *$/i.exec(headers.authorization ?? '');
  if (match?.[1] !== undefined) return match[1];
  const offered = subprotocolsOf(headers).find((each) => each.startsWith(SUBPROTOCOL_PREFIX));
  return offered === undefined ? null : offered.slice(SUBPROTOCOL_PREFIX.length);
}

/** WebSocket subprotocols that a client offers, in its order. */
export function subprotocolsOf(headers: IncomingHttpHeaders): string[] {
  const header = headers['sec-websocket-protocol'] ?? '';
  return header
    .split(',')
    .map((each) => each.trim())
    .filter((each) => each !== '');
}
