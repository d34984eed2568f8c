import { execFileSync, spawn } from 'node:child_process';
import { once } from 'node:events';
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { available, serverCommand, temporaryFolder, waitFor } from '@weir/testing';
import { delayOnly } from '../impairments.js';
import { canNamespace, openLink, type End, type Link } from '../link.js';
import { peersAcross } from '../testing/peers.testing.js';
import { readCapture } from '../testing/pcap.testing.js';
import { connectionsIn, sumsOf, TCP_FLAGS, type Trace } from '../trace.js';

const can =
  ['socat', 'ip', 'tcpdump'].every((name) => available(name as 'socat')) && (await canNamespace()) === null;

/** proc_pid_net(5): received and sent by an interface of an end. */
function counters(
  { exec: [program = '', ...args] }: End,
  name: string,
): { received: number[]; sent: number[] } {
  const text = execFileSync(program, [...args, 'cat', '/proc/self/net/dev'], { encoding: 'utf8' });
  const fields = new RegExp(`${name}:(.*)`).exec(text)?.[1]?.trim().split(/\s+/).map(Number) ?? [];
  return { received: fields.slice(0, 2), sent: fields.slice(8, 10) };
}

const rows = (trace: Trace): string[] =>
  Array.from(
    { length: trace.length },
    (_, at) =>
      `${trace.up[at] === 1 ? 'up' : 'down'} ${trace.bytes[at]} ${trace.payload[at]} ${trace.flags[at]}`,
  );

describe.skipIf(!can)('the trace of a link', () => {
  let link: Link;
  beforeAll(async () => {
    link = await openLink(delayOnly(3), {
      seed: 1,
      signal: new AbortController().signal,
      mode: 'namespaces',
    });
  });
  afterAll(() => link.close());

  /** 20 messages of 60 bytes over one connection, 3 connections with one each. */
  async function knownExchange(): Promise<void> {
    const { device, echo } = await peersAcross(link);
    await device.call('connect', echo);
    for (let message = 0; message < 20; message++) await device.call('exchange', 60);
    await device.call('hangUp');
    for (let connection = 0; connection < 3; connection++) {
      await device.call('connect', echo);
      await device.call('exchange', 60);
      await device.call('hangUp');
    }
  }

  it('is what tcpdump captures at both ends and what the interfaces count', async () => {
    const folder = await temporaryFolder();
    const captures = await Promise.all(
      (['device', 'hub'] as const).map(async (name) => {
        const file = join(folder, `${name}.pcap`);
        const [program = '', ...args] = link[name].exec;
        const tcpdump = spawn(program, [
          ...[...args, serverCommand('tcpdump'), '-i', `weir-${name}`, '-Z', 'root', '--immediate-mode'],
          ...['-U', '-w', file],
        ]);
        let said = '';
        tcpdump.stderr.on('data', (chunk: Buffer) => (said += chunk.toString()));
        await waitFor(() => said.includes('listening on'), { what: 'tcpdump' });
        return { file, tcpdump };
      }),
    );
    const before = [counters(link.device, 'weir-device'), counters(link.hub, 'weir-hub')];
    await link.startTrace();
    await knownExchange();
    await new Promise((resolve) => setTimeout(resolve, 300));
    const trace = await link.takeTrace();
    const after = [counters(link.device, 'weir-device'), counters(link.hub, 'weir-hub')];
    for (const { tcpdump } of captures) {
      tcpdump.kill('SIGINT');
      await once(tcpdump, 'exit');
    }
    for (const { file } of captures) {
      const captured = readCapture(await readFile(file)).map(
        ({ source, bytes, payload, flags }) =>
          `${source === link.device.address ? 'up' : 'down'} ${bytes} ${payload} ${flags}`,
      );
      expect(captured.length).toBeGreaterThan(60);
      // The same packets; two on different ways may be seen in another order.
      expect(captured.sort()).toEqual(rows(trace).sort());
    }
    const sums = { up: sumsOf(trace, 'up', 0, Infinity), down: sumsOf(trace, 'down', 0, Infinity) };
    const grown = (end: number, key: 'received' | 'sent'): number[] =>
      after[end]![key].map((value, at) => value - before[end]![key][at]!);
    const { up, down } = sums;
    expect([grown(0, 'sent'), grown(1, 'received')]).toEqual(Array(2).fill([up.bytes, up.packets]));
    expect([grown(1, 'sent'), grown(0, 'received')]).toEqual(Array(2).fill([down.bytes, down.packets]));
    expect([up.payload, down.payload]).toEqual([23 * 60, 23 * 60]);
    expect(connectionsIn(trace, 0, Infinity)).toBe(4);
    expect([trace.lost, trace.overrun]).toEqual([{ up: 0, down: 0 }, 0]);
    expect(rows(trace).filter((row) => Number(row.split(' ')[3]) & TCP_FLAGS.fin)).toHaveLength(8);
  });

  it('has times that ascend, and sums that add up over stretches', async () => {
    await link.startTrace();
    await knownExchange();
    const trace = await link.takeTrace();
    const times = [...trace.timesUs];
    expect(times).toEqual([...times].sort((a, b) => a - b));
    const middle = times[times.length >> 1]!;
    const [first, second, all] = [
      sumsOf(trace, 'up', 0, middle),
      sumsOf(trace, 'up', middle, Infinity),
      sumsOf(trace, 'up', 0, Infinity),
    ];
    for (const key of ['packets', 'bytes', 'payload', 'bareAcks'] as const)
      expect(first[key] + second[key]).toBe(all[key]);
    expect(first.packets).toBeGreaterThan(0);
    expect(second.packets).toBeGreaterThan(0);
  });
});
