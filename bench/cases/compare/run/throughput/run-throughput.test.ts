/** What every run without a rate must say, whatever the machine makes of it. */
import { tmpdir } from 'node:os';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { delayOnly, LOOPBACK } from '../../../../network/impairments.js';
import { canNamespace } from '../../../../network/link.js';
import { mosquittoPath } from '../../../../servers/mosquitto.js';
import { scenarioOf } from '../../records.testing.js';
import type { Method, RunPlan, Scenario } from '../../scenario.js';
import { Lab } from '../lab.js';
import { runScenario } from '../run-scenario.js';

const DELAY_MS = 20;

function planOf(method: Method, changes: Partial<Scenario>): RunPlan {
  const scenario = scenarioOf({ method, network: LOOPBACK, rateHz: null, devices: 2, ...changes });
  return { scenario, replicate: 0, replicates: 1, seed: 7, warmupS: 0.1, measuredS: 0.5 };
}

const whyNoNamespaces = await canNamespace();

describe('a run without a rate', () => {
  let lab: Lab;
  beforeAll(async () => {
    lab = await Lab.open({ signal: new AbortController().signal, dir: tmpdir() });
  });
  afterAll(() => lab.close());

  it.each<[Method, size: number]>([
    ['ws', 1],
    ['ws', 100],
    ['post-kept', 1],
    ['post-kept', 100],
    ['post-new', 1],
    ...(mosquittoPath() === null ? [] : [['mqtt', 10] as [Method, number]]),
  ])('by %s, %i a message, has stored what it sent, each once', async (method, readingsPerMessage) => {
    const { readings, throughput, cpu, wire, latency } = await runScenario(
      planOf(method, { readingsPerMessage }),
      lab,
    );
    expect(readings).toMatchObject({ arrived: readings.due, lost: 0, duplicated: 0 });
    expect(readings.due).toBeGreaterThan(0);
    expect(readings.due % readingsPerMessage).toBe(0);
    expect(throughput).toBeGreaterThan(0);
    expect(cpu.hubS).toBeGreaterThan(0);
    expect(cpu.clientS).toBeGreaterThan(0);
    expect(wire.counted).toBe('nothing');
    expect(latency.count).toBe(0);
  });

  it.skipIf(whyNoNamespaces !== null)(
    'over a link with delay, sends one request a round trip on each connection, and frames by credit',
    async () => {
      const network = delayOnly(DELAY_MS);
      const post = await runScenario(planOf('post-kept', { network }), lab);
      const perS = 2 * (1000 / (2 * DELAY_MS));
      expect(post.throughput).toBeGreaterThan(0);
      // One more may be counted than there were round trips.
      expect(post.throughput).toBeLessThan(1.1 * perS + 4);
      expect(post.wire).toMatchObject({ counted: 'packets', connections: 0 });
      expect(post.wire.window.up.payload).toBeGreaterThan(post.readings.due * 200);
      const ws = await runScenario(planOf('ws', { network }), lab);
      expect(ws.throughput).toBeGreaterThan(5 * perS);
    },
  );

  it.each<[Method, Partial<Scenario>]>([
    ['wss', {}],
    ['ws', { noDelay: false }],
    ['poll', { direction: 'display' }],
  ])('is refused where nobody measures it: %s %o', async (method, changes) => {
    await expect(runScenario(planOf(method, changes), lab)).rejects.toThrow('nobody measures the throughput');
  });
});
