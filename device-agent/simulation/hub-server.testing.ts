/** The fake hub behind a real WebSocket server on a free port of the loopback. */
import { createServer, type IncomingMessage } from 'node:http';
import type { AddressInfo } from 'node:net';
import { SUBPROTOCOL } from '@weir/protocol';
import { systemClock } from '@weir/runtime';
import { onTestFinished } from 'vitest';
import { WebSocketServer, type WebSocket } from 'ws';
import { FakeHub } from './fake-hub.testing.js';

export interface HubServer {
  readonly hub: FakeHub;
  readonly url: string;
  /** The upgrade requests so far. */
  readonly requests: IncomingMessage[];
  readonly sockets: Set<WebSocket>;
  /** Answers upgrades by this HTTP response. */
  refusal: string | null;
}

/** Starts a hub that ends with the present test. */
export async function startHubServer(subprotocol = SUBPROTOCOL): Promise<HubServer> {
  const hub = new FakeHub(() => systemClock.utcUs());
  const sockets = new Set<WebSocket>();
  const requests: IncomingMessage[] = [];
  const server = createServer();
  const webSockets = new WebSocketServer({ noServer: true, handleProtocols: () => subprotocol });
  server.on('upgrade', (request, socket, head) => {
    requests.push(request);
    if (started.refusal !== null) {
      socket.end(started.refusal);
      return;
    }
    webSockets.handleUpgrade(request, socket, head, (accepted) => {
      sockets.add(accepted);
      const session = hub.open({ send: (bytes) => accepted.send(bytes) });
      accepted.on('message', (data: Buffer) => session.receive(data));
      accepted.on('close', () => sockets.delete(accepted));
      accepted.on('error', () => undefined);
    });
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const { port } = server.address() as AddressInfo;
  const started: HubServer = { hub, url: `ws://127.0.0.1:${port}`, requests, sockets, refusal: null };
  onTestFinished(async () => {
    for (const each of sockets) each.terminate();
    await new Promise((resolve) => {
      server.close(resolve);
      server.closeAllConnections();
    });
  });
  return started;
}
