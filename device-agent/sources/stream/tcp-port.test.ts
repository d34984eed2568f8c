import { once } from 'node:events';
import { createServer, type Server, type Socket } from 'node:net';
import { freePort, waitFor } from '@weir/testing';
import { describe, expect, it, onTestFinished } from 'vitest';
import { sourceConfigSchema } from '../config.js';
import { createSource } from '../create-source.js';
import { realDeps, RecordedOutput } from '../recorded-output.testing.js';

/** A network serial server; `sockets` in the order of connecting. */
async function serialServer(
  port = 0,
): Promise<{ server: Server; port: number; sockets: Socket[]; close(): void }> {
  const sockets: Socket[] = [];
  const server = createServer((socket) => {
    socket.on('error', () => undefined);
    sockets.push(socket);
  });
  const close = (): void => {
    for (const socket of sockets) socket.destroy();
    server.close();
  };
  onTestFinished(close);
  server.listen(port, '127.0.0.1');
  await once(server, 'listening');
  const address = server.address();
  return { server, port: typeof address === 'object' && address !== null ? address.port : 0, sockets, close };
}

function tcp(port: number, more: object = {}): { stop: () => Promise<void>; out: RecordedOutput } {
  const config = sourceConfigSchema.parse({
    type: 'tcp',
    name: 's',
    host: '127.0.0.1',
    port,
    retry_max_ms: 200,
    ...more,
  });
  const source = createSource(config, realDeps());
  const out = new RecordedOutput();
  onTestFinished(() => source.stop());
  source.start(out);
  return { stop: () => source.stop(), out };
}

describe('a serial server over TCP', () => {
  it('is read, and connected to anew when it closes', async () => {
    const { port, sockets } = await serialServer();
    const { out } = tcp(port, { format: { type: 'csv', columns: ['t', 'h'] } });
    await waitFor(() => sockets.length === 1);
    sockets[0]!.write('5,40\n21.5,45\n21.6,');
    await waitFor(() => out.readings.length === 2);
    sockets[0]!.destroy();
    await waitFor(() => sockets.length === 2);
    sockets[1]!.write('46\n21.7,47\n');
    await waitFor(() => out.latest('h') === 47);
    expect(out.values).toEqual([
      ['t', 21.5],
      ['h', 45],
      ['t', 21.7],
      ['h', 47],
    ]);
    expect(out.states).toEqual(['open', 'closed', 'open']);
    expect(out.discards.map(({ text }) => text)).toEqual(['5,40', '21.6,', '46']);
  });

  it('is waited for while nobody listens', async () => {
    const port = await freePort();
    const { out } = tcp(port);
    await waitFor(() => out.ports.length >= 2);
    expect(out.ports[0]).toEqual({ state: 'waiting', reason: `connect ECONNREFUSED 127.0.0.1:${port}` });
    const { sockets } = await serialServer(port);
    await waitFor(() => sockets.length === 1);
    sockets[0]!.write('{"t":1}\n');
    await waitFor(() => out.latest('t') === 1);
  });

  it('is connected to anew when no byte comes for the idle timeout', async () => {
    const { port, sockets } = await serialServer();
    const { out } = tcp(port, { idle_timeout_ms: 100 });
    await waitFor(() => sockets.length >= 2);
    expect(out.ports).toContainEqual({ state: 'closed', reason: 'no byte for 100 ms' });
  });

  it('is left by stop', async () => {
    const { port, sockets } = await serialServer();
    const { stop, out } = tcp(port);
    await waitFor(() => out.states.at(-1) === 'open' && sockets.length === 1);
    const closed = once(sockets[0]!, 'close');
    await stop();
    await closed;
    expect(out.states).toEqual(['open', 'closed']);
  });
});
