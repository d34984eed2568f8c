/** Connections that are there and good for nothing end, on real sockets: by the deadline, or at a limit. */
import { CloseCode, LIMITS } from '@weir/protocol';
import { freezingProxy, waitFor } from '@weir/testing';
import { describe, expect, it, onTestFinished } from 'vitest';
import { WebSocket } from 'ws';
import { request, startTestHub, WireDevice, type Address } from './hub.testing.js';

const connections = (hub: Awaited<ReturnType<typeof startTestHub>>): number => hub.stats().ingest.connections;

function rawSocket(hub: Address, options: { autoPong: boolean }): WebSocket {
  const headers = { authorization: `Bearer ${hub.token}` };
  const socket = new WebSocket(`${hub.url.replace('http', 'ws')}/api/v1/connect`, 'weir.v1', {
    ...{ headers, perMessageDeflate: false, ...options },
  });
  socket.on('error', () => undefined);
  onTestFinished(() => socket.terminate());
  return socket;
}

describe('a connection', () => {
  it('through a network that swallows everything ends at the deadline; others do not', async () => {
    const hub = await startTestHub({ session: { deadline: '900ms' } });
    const proxy = await freezingProxy(hub.port);
    const other = await WireDevice.open(hub, { device: 'other' });
    const device = await WireDevice.open({ ...hub, url: `http://127.0.0.1:${proxy.port}` });
    expect(connections(hub)).toBe(2);
    proxy.freeze();
    device.readings(2);
    await waitFor(() => connections(hub) === 1, { what: 'the end of the half-open connection' });
    expect(device.close, 'nothing reached the device').toBeNull();
    await other.alive(1);
  });

  it('of a device that reads and never answers ends at the deadline', async () => {
    const hub = await startTestHub({ session: { deadline: '900ms' } });
    const device = await WireDevice.open(hub);
    device.socket.terminate();
    const silent = rawSocket(hub, { autoPong: false });
    await waitFor(() => silent.readyState === WebSocket.OPEN);
    await waitFor(() => silent.readyState === WebSocket.CLOSED, { what: 'its end' });
    expect(connections(hub)).toBe(0);
  });

  it('of a device that lives and never reads ends when too much waits for it', async () => {
    const hub = await startTestHub({ session: { command_timeout: '10ms' } });
    const device = await WireDevice.open(hub);
    device.socket.pause();
    const headers = { 'content-type': 'application/json' };
    const body = JSON.stringify({ name: 'set', channel: 'relay', value: 'x'.repeat(LIMITS.textBytes) });
    const alive = setInterval(() => device.socket.ping(), 100);
    onTestFinished(() => clearInterval(alive));
    const command = (): Promise<unknown> => request(hub, '/api/v1/devices/pi-1/commands', { body, headers });
    for (let i = 0; i < 500 && connections(hub) > 0; i++)
      await Promise.all(Array.from({ length: 64 }, command));
    expect(connections(hub)).toBe(0);
    const { body: why } = await request(hub, '/api/v1/devices/pi-1/explain');
    expect(JSON.stringify(why)).toContain('it does not read: more than 4194304 bytes wait for it');
  });

  it('that two agents of one name fight for is the newer one’s, and the older is told not to come back soon', async () => {
    const hub = await startTestHub();
    const first = await WireDevice.open(hub);
    const second = await WireDevice.open(hub);
    expect(await first.closed()).toMatchObject({ code: CloseCode.replaced });
    await second.alive(1);
    expect(connections(hub)).toBe(1);
  });
});
