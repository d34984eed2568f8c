import { execFileSync } from 'node:child_process';
import { readdirSync, readFileSync } from 'node:fs';
import { describe, expect, it, onTestFinished } from 'vitest';
import { available, waitFor } from '@weir/testing';
import { Child } from '../../processes/child.js';
import { delayOnly } from '../impairments.js';
import { canNamespace, openLink, type End } from '../link.js';
import type { HolderMethods } from '../testing/link-holder.testing.js';
import { bothWays, describeLink } from '../testing/link-suite.testing.js';
import { peersAcross } from '../testing/peers.testing.js';

const can = available('socat') && available('ip') && (await canNamespace()) === null;
const LINK_HOLDER = new URL('../testing/link-holder.testing.js', import.meta.url);
const mode = 'namespaces';

/** Processes that a process began, and those that they began. */
function descendantsOf(pid: number): number[] {
  const parents = readdirSync('/proc')
    .filter((name) => /^\d+$/.test(name))
    .map((name) => [Number(name), parentOf(Number(name))] as const);
  const children = parents.filter(([, parent]) => parent === pid).map(([child]) => child);
  return children.flatMap((child) => [child, ...descendantsOf(child)]);
}

/** proc_pid_stat(5), field 4; null when it has gone, or only waits to be seen off. */
function parentOf(pid: number): number | null {
  try {
    const [state, parent] = readFileSync(`/proc/${pid}/stat`, 'utf8').split(') ').at(-1)!.split(' ');
    return state === 'Z' ? null : Number(parent);
  } catch {
    return null;
  }
}

/** Segments that an end's TCP got before others that it should have got first: TCPOFOQueue of proc_pid_net(5)'s netstat. */
function outOfOrderAt({ exec: [program = '', ...args] }: End): number {
  const text = execFileSync(program, [...args, 'cat', '/proc/self/net/netstat'], { encoding: 'utf8' });
  const [names = [], values = []] = text
    .split('\n')
    .filter((line) => line.startsWith('TcpExt:'))
    .map((line) => line.split(' '));
  return Number(values[names.indexOf('TCPOFOQueue')]);
}

const allGone = (pids: readonly number[]): Promise<unknown> =>
  waitFor(() => pids.every((pid) => parentOf(pid) === null), { what: 'the end of all processes of a link' });

describe.skipIf(!can)('namespaces', () => {
  describeLink(mode);

  it('keep the order of packets under jitter', async () => {
    const signal = new AbortController().signal;
    const link = await openLink(bothWays('jittery', { jitterMs: 2 }), { seed: 3, signal, mode });
    onTestFinished(() => link.close());
    const { device, echo } = await peersAcross(link);
    await device.call('connect', echo);
    for (let message = 0; message < 20; message++) await device.call('exchange', 20_000);
    const outOfOrder = (): number[] => [link.device, link.hub].map(outOfOrderAt);
    expect(outOfOrder()).toEqual([0, 0]);
    // That the kernel would have seen it: what follows a lost packet is out of order.
    await link.impair(bothWays('lossy', { lossRatio: 0.1 }));
    await device.call('exchange', 500_000);
    for (const packets of outOfOrder()) expect(packets).toBeGreaterThan(0);
  });

  it('serve two links at once, each with its own delay', async () => {
    const signal = new AbortController().signal;
    const links = await Promise.all(
      [5, 40].map((delayMs, seed) => openLink(delayOnly(delayMs), { seed, signal, mode })),
    );
    onTestFinished(async () => {
      await Promise.all(links.map((link) => link.close()));
    });
    const connects = await Promise.all(
      links.map(async (link) => {
        const { device, echo } = await peersAcross(link);
        return device.call('connect', echo);
      }),
    );
    expect(connects[0]).toBeGreaterThan(10 - 0.2);
    expect(connects[0]).toBeLessThan(connects[1]!);
    expect(connects[1]).toBeGreaterThan(80 - 0.2);
  });

  it('leave no process when the link is closed', async () => {
    const before = descendantsOf(process.pid);
    const link = await openLink(delayOnly(5), { seed: 1, signal: new AbortController().signal, mode });
    const ours = descendantsOf(process.pid).filter((pid) => !before.includes(pid));
    expect(ours.length).toBeGreaterThanOrEqual(7);
    await link.close();
    await allGone(ours);
  });

  it('leave no process when they are aborted in the middle of a transfer', async () => {
    const before = descendantsOf(process.pid);
    const abort = new AbortController();
    const link = await openLink(delayOnly(5), { seed: 1, signal: abort.signal, mode });
    const ours = descendantsOf(process.pid).filter((pid) => !before.includes(pid));
    const { device, echo } = await peersAcross(link);
    await device.call('connect', echo);
    const exchange = device.call('exchange', 50_000_000).catch(() => undefined);
    abort.abort();
    await allGone(ours);
    await expect(link.probe()).rejects.toMatchObject({ code: 'bench.child_failed' });
    await link.close();
    await device.end();
    await exchange;
  });

  it('leave no process when who opened them is killed', async () => {
    const holder = new Child<HolderMethods>(LINK_HOLDER, { signal: new AbortController().signal });
    await holder.call('open');
    const ours = [holder.pid, ...descendantsOf(holder.pid)];
    expect(ours.length).toBeGreaterThanOrEqual(8);
    process.kill(holder.pid, 'SIGKILL');
    await allGone(ours);
    await holder.end();
  });
});
