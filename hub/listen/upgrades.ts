/**
 * WebSocket upgrades: who may connect is decided here, on the raw socket, before anything is made for them.
 *
 *   /api/v1/connect   subprotocol weir.v1          role device   a device's session
 *   /api/v1/stream    subprotocol weir.stream.v1   role read     a live subscription
 *
 * In this order: 404, 503 (stopping, full), 401 or 429, 403, 400 (subprotocol, query), 503 (not your turn: door.ts).
 */
import type { IncomingMessage, Server } from 'node:http';
import type { Duplex } from 'node:stream';
import { messageOf, type Clock, type Logger } from '@weir/runtime';
import { WebSocketServer, type WebSocket } from 'ws';
import { subprotocolsOf } from '../auth/bearer.js';
import type { Gate, Refusal } from '../auth/gate.js';
import type { Refusals } from '../auth/refusals.js';
import type { Holder, Role } from '../auth/tokens.js';
import { plainAddress } from './address.js';
import type { Door } from './door.js';
import { refuseUpgrade } from './refuse.js';
import type { Returns } from './returns.js';

/** What a client wants, once it may. */
export interface Upgrade {
  readonly holder: Holder;
  readonly remote: string;
  readonly query: URLSearchParams;
  /** UTC us at which the upgrade was answered. */
  readonly upgradedUs: number;
}

/** One path that takes WebSockets. */
export interface UpgradeRoute {
  readonly path: string;
  readonly subprotocol: string;
  readonly roles: readonly Role[];
  readonly payloadBytesMax: number;
  readonly door: Door;
  /** What the door counts; the path's open WebSockets unless given. */
  readonly open?: () => number;
  /** Checks the query before the upgrade; a refusal or null. */
  readonly check?: (query: URLSearchParams) => Refusal | null;
  readonly accept: (socket: WebSocket, upgrade: Upgrade) => void;
}

export interface UpgradeParts {
  readonly routes: readonly UpgradeRoute[];
  readonly gate: Gate;
  readonly refusals: Refusals;
  readonly clock: Clock;
  readonly logger: Logger;
}

export class Upgrades {
  readonly #parts: UpgradeParts;
  readonly #servers = new Map<string, { route: UpgradeRoute; server: WebSocketServer }>();
  readonly #socketError = (error: Error): void =>
    this.#parts.logger.debug({ reason: messageOf(error) }, 'socket error');

  constructor(parts: UpgradeParts) {
    this.#parts = parts;
    for (const route of parts.routes) this.#servers.set(route.path, { route, server: serverFor(route) });
  }

  /** Takes the upgrades of an HTTP server. */
  attach(server: Server): void {
    server.on('upgrade', (request, socket, head) => this.#upgrade(request, socket, head));
  }

  /** Open WebSockets on a path. */
  count(path: string): number {
    return this.#servers.get(path)?.server.clients.size ?? 0;
  }

  /** Open WebSockets on all paths. */
  get open(): number {
    let open = 0;
    for (const { server } of this.#servers.values()) open += server.clients.size;
    return open;
  }

  /** No more upgrades from here on; whoever comes is told when the next hub is ready for it. */
  stop(returns: Returns): void {
    for (const { door } of this.#parts.routes) door.stop(returns);
  }

  /** Ends what is still open. `app.close()` would wait for it for ever. */
  terminateAll(): void {
    for (const { server } of this.#servers.values()) {
      for (const client of server.clients) client.terminate();
      server.close();
    }
  }

  #upgrade(request: IncomingMessage, socket: Duplex, head: Buffer): void {
    // One listener for all sockets: a closure would keep this request's query and holder as long as the connection lives.
    socket.on('error', this.#socketError);
    // Not by URL, which throws at what a client may well send.
    const [path = '', search = ''] = (request.url ?? '').split('?', 2);
    const query = new URLSearchParams(search);
    const remote = plainAddress(request.socket.remoteAddress);
    const target = this.#servers.get(path);
    if (target === undefined) {
      const message = `no WebSocket at ${path.slice(0, 100)}`;
      return refuseUpgrade(socket, { status: 404, code: 'hub.not_found', message });
    }
    const { route, server } = target;
    const admission = this.#admit(route, server.clients.size, request, remote, query);
    if ('refusal' in admission) {
      if (route.roles.includes('device')) this.#parts.refusals.turnedAway(remote, query, admission.refusal);
      return refuseUpgrade(socket, admission.refusal);
    }
    server.handleUpgrade(request, socket, head, (client) => {
      socket.off('error', this.#socketError);
      const upgradedUs = this.#parts.clock.utcUs();
      route.accept(client, { holder: admission.holder, remote, query, upgradedUs });
    });
  }

  #admit(
    route: UpgradeRoute,
    open: number,
    request: IncomingMessage,
    remote: string,
    query: URLSearchParams,
  ): { holder: Holder } | { refusal: Refusal } {
    const closed = route.door.closed(route.open?.() ?? open);
    if (closed !== null) return { refusal: closed };
    const admission = this.#parts.gate.admit(request.headers, remote, route.roles);
    if ('refusal' in admission) return admission;
    if (!subprotocolsOf(request.headers).includes(route.subprotocol)) {
      const message = `the WebSocket subprotocol ${route.subprotocol} must be offered`;
      return { refusal: { status: 400, code: 'hub.bad_request', message } };
    }
    const refusal = route.check?.(query) ?? route.door.turn(request.headers);
    return refusal === null ? admission : { refusal };
  }
}

function serverFor(route: UpgradeRoute): WebSocketServer {
  return new WebSocketServer({
    noServer: true,
    clientTracking: true,
    // Compression costs 300 kB a connection and gains little on frames that are compact already.
    perMessageDeflate: false,
    maxPayload: route.payloadBytesMax,
    handleProtocols: () => route.subprotocol,
  });
}
