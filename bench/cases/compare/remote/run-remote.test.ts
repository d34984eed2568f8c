import { temporaryFolder } from '@weir/testing';
import type { Hub } from '@weir/hub';
import { describe, expect, it, onTestFinished } from 'vitest';
import { LOOPBACK } from '../../../network/impairments.js';
import { testHub } from '../hub.testing.js';
import type { RunRecord } from '../record.js';
import { makeCertificate, type Certificate } from '../run/certificate.js';
import type { Direction, Method, RunPlan, Scenario } from '../scenario.js';
import { Remote, runRemote } from './run-remote.js';

const RATE_HZ = 20;

function planOf(direction: Direction, method: Method, changes: Partial<Scenario> = {}): RunPlan {
  const scenario: Scenario = {
    ...{ direction, method, network: { ...LOOPBACK, name: 'remote' }, noDelay: true },
    ...{ devices: 1, rateHz: RATE_HZ, readingsPerMessage: 1, pollMs: method === 'poll' ? 200 : null },
    ...changes,
  };
  return { scenario, replicate: 0, replicates: 1, seed: 3, warmupS: 0.3, measuredS: 1 };
}

async function remoteTo(hub: Hub, certificate: Certificate | null): Promise<Remote> {
  const { port, token } = hub;
  const address = { host: '127.0.0.1', port, token };
  const { signal } = new AbortController();
  const remote = await Remote.open(
    { ...address, tls: certificate !== null, caFile: certificate?.cert_file ?? null },
    { signal, profiles: [], metering: null },
  );
  onTestFinished(() => remote.close());
  return remote;
}

const expectWhole = ({ plan, readings, latency, wire, achieved, cpu }: RunRecord): void => {
  const due = plan.scenario.devices * RATE_HZ;
  expect(readings).toEqual({ due, arrived: due, lost: 0, duplicated: 0 });
  expect(latency).toMatchObject({ count: due, negatives: 0 });
  expect(wire.counted).toBe('estimated');
  expect(wire.setup.up.packets).toBeGreaterThan(3);
  expect(wire.window.up.packets).toBeGreaterThan(0);
  expect(achieved).toBeNull();
  expect(cpu.clientS).toBeGreaterThan(0);
};

describe('runs against a hub of others', () => {
  it('time a reading on its way up until it is acknowledged, and count what crosses', async () => {
    const hub = await testHub();
    const remote = await remoteTo(hub, null);
    const kept = await runRemote(planOf('uplink', 'ws', { devices: 2 }), remote);
    expectWhole(kept);
    expect(kept.latency).toEqual(kept.confirmed);
    expect(kept.wire.connections).toBe(0);
    const each = await runRemote(planOf('uplink', 'post-new'), remote);
    expectWhole(each);
    expect(Math.abs(each.wire.connections - RATE_HZ)).toBeLessThanOrEqual(1);
    const [perPost, perFrame] = [
      each.wire.window.up.bytes / RATE_HZ,
      kept.wire.window.up.bytes / (2 * RATE_HZ),
    ];
    expect(perPost).toBeGreaterThan(2 * perFrame);
    expect(hub.stats().ingest.readings).toBeGreaterThan(3 * RATE_HZ);
  });

  it.each(['ws', 'sse', 'long-poll', 'poll'] as const)(
    'show by %s what this machine sends',
    async (method) => {
      const remote = await remoteTo(await testHub(), null);
      const record = await runRemote(planOf('display', method), remote);
      expectWhole(record);
      expect(record.wire.window.down.payload).toBeGreaterThan(RATE_HZ * 100);
      expect(record.nearMeanUs).toBeNull();
    },
  );

  it('trust over TLS the authority that is named, and count what TLS adds', async () => {
    const certificate = await makeCertificate(await temporaryFolder(), ['127.0.0.1']);
    const hub = await testHub({ listen: { tls: { ...certificate } } });
    await expect(remoteTo(hub, null)).rejects.toThrow(/cannot be reached|is no hub/);
    const remote = await remoteTo(hub, certificate);
    const [socket, full] = [
      await runRemote(planOf('uplink', 'wss'), remote),
      await runRemote(planOf('uplink', 'posts-full'), remote),
    ];
    for (const record of [socket, full]) expectWhole(record);
    // A full handshake brings the certificate down each time.
    expect(full.wire.window.down.payload / RATE_HZ).toBeGreaterThan(500);
    expectWhole(await runRemote(planOf('display', 'sse'), remote));
  });

  it('are refused where nothing can be said', async () => {
    const remote = await remoteTo(await testHub(), null);
    await expect(runRemote(planOf('command', 'ws'), remote)).rejects.toMatchObject({ code: 'bench.bad_hub' });
  });

  it('name their devices so that no two comparisons meet', async () => {
    const hub = await testHub();
    const [one, two] = [await remoteTo(hub, null), await remoteTo(hub, null)];
    expect(one.prefix).toMatch(/^bench-[0-9a-z]{6}-$/);
    expect(one.prefix).not.toBe(two.prefix);
    expect(one.nextPrefix()).not.toBe(one.nextPrefix());
  });
});
