import { tmpdir } from 'node:os';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { canNamespace } from '../../../network/link.js';
import { delayOnly } from '../../../network/impairments.js';
import { mosquittoPath } from '../../../servers/mosquitto.js';
import type { RunRecord } from '../record.js';
import type { Method, RunPlan, Scenario } from '../scenario.js';
import { Lab } from './lab.js';
import { runScenario } from './run-scenario.js';

const DELAY_MS = 10;
const RATE_HZ = 20;
const MEASURED_S = 1;
/** Of small packets over a link of ours. */
const PROBE_JITTER_US = 1_000;

function planOf(method: Method, changes: Partial<Scenario> = {}): RunPlan {
  const scenario: Scenario = {
    ...{ direction: 'uplink', method, network: delayOnly(DELAY_MS), noDelay: true },
    ...{ devices: 2, rateHz: RATE_HZ, readingsPerMessage: 1, pollMs: null },
    ...changes,
  };
  return { scenario, replicate: 0, replicates: 1, seed: 3, warmupS: 0.3, measuredS: MEASURED_S };
}

describe.skipIf((await canNamespace()) !== null)('a run of the comparison', () => {
  let lab: Lab;
  beforeAll(async () => {
    lab = await Lab.open({ signal: new AbortController().signal, dir: tmpdir() });
  });
  afterAll(() => lab.close());

  const expectWhole = ({ readings, latency, lateness, confirmed, wire, plan }: RunRecord): void => {
    const due = plan.scenario.devices * RATE_HZ * MEASURED_S;
    expect(readings).toEqual({ due, arrived: due, lost: 0, duplicated: 0 });
    expect(latency).toMatchObject({ count: due, zeros: 0, negatives: 0 });
    expect(lateness).toMatchObject({ count: due, negatives: 0 });
    expect(latency.p50Us).toBeGreaterThanOrEqual(DELAY_MS * 1000 - PROBE_JITTER_US);
    expect(confirmed?.count).toBe(due);
    expect(confirmed?.p50Us).toBeGreaterThanOrEqual(2 * (DELAY_MS * 1000 - PROBE_JITTER_US));
    for (const way of [wire.window.up, wire.window.down, wire.setup.up, wire.setup.down])
      expect(way.payload).toBeGreaterThan(0);
  };

  it.each<[Method, connectionEach: boolean]>([
    ['ws', false],
    ['post-kept', false],
    ['post-new', true],
  ])('sees every reading that goes up by %s, none before it can be there', async (method, connectionEach) => {
    const record = await runScenario(planOf(method), lab);
    expectWhole(record);
    expect(record.cpu.clientS).toBeGreaterThan(0);
    expect(record.cpu.hubS).toBeGreaterThan(0);
    const { connections } = record.wire;
    if (connectionEach) expect(connections).toBeGreaterThanOrEqual(record.readings.due - 2);
    else expect(connections).toBe(0);
  });

  it.skipIf(mosquittoPath() === null)('sees every reading that goes up by mqtt', async () => {
    expectWhole(await runScenario(planOf('mqtt'), lab));
  });

  it('puts as many readings into a message as it is told, and loses none at the end', async () => {
    const [one, four] = [
      await runScenario(planOf('post-kept'), lab),
      await runScenario(planOf('post-kept', { readingsPerMessage: 4 }), lab),
    ];
    expectWhole(one);
    expect(four.readings).toEqual(one.readings);
    expect(four.wire.window.up.payload).toBeLessThan(one.wire.window.up.payload / 2);
  });

  it.each<[Method, pollMs: number | null]>([
    ['ws', null],
    ['sse', null],
    ['long-poll', null],
    ['poll', 100],
    ['poll-new', 100],
  ])('sees every command that goes down by %s, and its answer', async (method, pollMs) => {
    const record = await runScenario(planOf(method, { direction: 'command', pollMs }), lab);
    expectWhole(record);
    expect(record.predictedMeanUs ?? 0).toBeGreaterThanOrEqual(DELAY_MS * 1000 - PROBE_JITTER_US);
    expect(record.polls === null).toBe(pollMs === null);
    if (method === 'poll-new') expect(record.wire.connections).toBeGreaterThan(2 * (MEASURED_S * 10 - 2));
  });

  it('is refused, with a reason, where nothing sends', async () => {
    await expect(runScenario(planOf('sse'), lab)).rejects.toThrow('nothing is sent by sse');
  });
});
