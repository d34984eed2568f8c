/**
 * Lets a server that knows only `/write` (InfluxDB 1.6) take what is meant for `/api/v2/write`:
 * `?org&bucket&precision` becomes `?db&precision`, the `Token` authorisation goes.
 */
import { createServer, request, type IncomingMessage, type ServerResponse } from 'node:http';
import { once } from 'node:events';
import type { AddressInfo } from 'node:net';

export interface Influx1Proxy {
  readonly url: string;
  /** Requests that came. */
  readonly requests: () => number;
  close(): Promise<void>;
}

export async function startInflux1Proxy(target: string): Promise<Influx1Proxy> {
  let requests = 0;
  const server = createServer((from, to) => {
    requests += 1;
    forward(from, to, target);
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  return {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    requests: () => requests,
    async close() {
      server.closeAllConnections();
      server.close();
      await once(server, 'close');
    },
  };
}

function forward(from: IncomingMessage, to: ServerResponse, target: string): void {
  const { searchParams } = new URL(from.url ?? '/', target);
  const query = new URLSearchParams({
    db: searchParams.get('bucket') ?? '',
    precision: searchParams.get('precision') ?? 'ns',
  });
  const headers = { ...from.headers };
  delete headers.authorization;
  delete headers.host;
  const onward = request(`${target}/write?${query.toString()}`, { method: 'POST', headers }, (answer) => {
    to.writeHead(answer.statusCode ?? 502, answer.headers);
    answer.pipe(to);
  });
  onward.on('error', () => to.destroy());
  from.pipe(onward);
}
