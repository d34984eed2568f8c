import { text } from 'node:stream/consumers';
import { connect, createServer, type AddressInfo } from 'node:net';
import { once } from 'node:events';
import { afterAll, beforeAll, describe, expect, it, onTestFinished } from 'vitest';
import { freePort } from '@weir/testing';
import { delayOnly } from '../impairments.js';
import { openLink, type Link } from '../link.js';
import { describeLink } from '../testing/link-suite.testing.js';
import { peersAcross } from '../testing/peers.testing.js';
import { connectionsIn, sumsOf, TCP_FLAGS } from '../trace.js';

describeLink('proxy');

describe('a proxy', () => {
  let link: Link;
  beforeAll(async () => {
    link = await openLink(delayOnly(3), { seed: 1, signal: new AbortController().signal, mode: 'proxy' });
  });
  afterAll(() => link.close());

  it('estimates the packets that the kernel was seen to send', async () => {
    const { device, echo } = await peersAcross(link);
    await link.startTrace();
    for (let connection = 0; connection < 5; connection++) {
      await device.call('connect', echo);
      await device.call('exchange', 2_000);
      await device.call('hangUp');
    }
    const trace = await link.takeTrace();
    expect(trace.counted).toBe('estimated');
    expect(connectionsIn(trace, 0, Infinity)).toBe(5);
    expect([...trace.flags].filter((flags) => flags & TCP_FLAGS.fin)).toHaveLength(10);
    const [up, down] = (['up', 'down'] as const).map((way) => sumsOf(trace, way, 0, Infinity));
    expect([up!.payload, down!.payload]).toEqual([10_000, 10_000]);
    // SYN, ACK, two of data, ACK of the first of data, FIN, ACK of the end; more where this machine is late by 40 ms.
    expect(up!.packets).toBeGreaterThanOrEqual(5 * 7);
    expect(up!.packets).toBeLessThan(5 * 9);
    // SYN, ACK of the first of data, two of data, FIN.
    expect(down!.packets).toBeGreaterThanOrEqual(5 * 5);
    expect(down!.packets).toBeLessThan(5 * 8);
    expect([...trace.timesUs]).toEqual([...trace.timesUs].sort((a, b) => a - b));
  });

  it('resets a connection to a port where nobody listens', async () => {
    const { device } = await peersAcross(link);
    await device.call('connect', await link.reach(await freePort()));
    await expect(device.call('exchange', 10)).rejects.toThrow('ECONNRESET');
  });

  it('lets the server speak first', async () => {
    const server = createServer((socket) => socket.end('hello'));
    onTestFinished(() => void server.close());
    server.listen(0, '127.0.0.1');
    await once(server, 'listening');
    const { port } = server.address() as AddressInfo;
    expect(await text(connect(await link.reach(port)))).toBe('hello');
  });
});
