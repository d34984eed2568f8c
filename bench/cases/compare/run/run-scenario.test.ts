import { tmpdir } from 'node:os';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { measuredEnergy } from '../../../energy/meters/meter.js';
import type { Metering } from '../../../energy/meters/metering.js';
import { canNamespace } from '../../../network/link.js';
import { delayOnly } from '../../../network/impairments.js';
import { mosquittoPath } from '../../../servers/mosquitto.js';
import { CONNECTIONS_PER_DEVICE } from '../clients/uplink/post-connections.js';
import type { RunRecord } from '../record.js';
import type { Method, RunPlan, Scenario } from '../scenario.js';
import { Lab } from './lab.js';
import { runScenario } from './run-scenario.js';

const DELAY_MS = 10;
const RATE_HZ = 20;
const MEASURED_S = 1;
const DEVICES = 2;
/** Of small packets over a link of ours. */
const PROBE_JITTER_US = 1_000;

function planOf(method: Method, changes: Partial<Scenario> = {}): RunPlan {
  const scenario: Scenario = {
    ...{ direction: 'uplink', method, network: delayOnly(DELAY_MS), noDelay: true },
    ...{ devices: DEVICES, rateHz: RATE_HZ, readingsPerMessage: 1, pollMs: null },
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

  it.each<[Method, least: number, most: number]>([
    ['ws', 0, 0],
    ['post-kept', 0, DEVICES * CONNECTIONS_PER_DEVICE],
    ['post-new', DEVICES * (RATE_HZ - 1), DEVICES * (RATE_HZ + 1)],
    ['wss', 0, 0],
    ['posts-kept', 0, DEVICES * CONNECTIONS_PER_DEVICE],
    ['posts-full', DEVICES * (RATE_HZ - 1), DEVICES * (RATE_HZ + 1)],
    ['posts-resumed', DEVICES * (RATE_HZ - 1), DEVICES * (RATE_HZ + 1)],
  ])('sees every reading that goes up by %s, none before it can be there', async (method, least, most) => {
    const record = await runScenario(planOf(method), lab);
    expectWhole(record);
    expect(record.cpu.clientS).toBeGreaterThan(0);
    expect(record.cpu.hubS).toBeGreaterThan(0);
    expect(record.wire.connections).toBeGreaterThanOrEqual(least);
    expect(record.wire.connections).toBeLessThanOrEqual(most);
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

  it('says what one device would have cost, by all profiles', async () => {
    const { energy, cpu } = await runScenario(planOf('ws', { devices: 1 }), lab);
    expect(energy.length).toBeGreaterThan(1);
    expect(new Set(energy.map(({ profile }) => profile)).size).toBe(energy.length);
    for (const each of energy) {
      expect(each).toMatchObject({ source: 'modelled', windowS: MEASURED_S });
      expect(each.totalJ).toBeCloseTo(each.idleJ + each.marginalJ, 6);
      expect(each.marginalJ).toBeGreaterThan(0);
    }
    expect(cpu.clientS).toBeGreaterThan(0);
  });

  it('takes what a meter says of the window in place of the model', async () => {
    const { signal } = new AbortController();
    const windows: number[] = [];
    const metering: Metering = (fromUs, toUs) => {
      windows.push((toUs - fromUs) / 1e6);
      return Promise.resolve(
        measuredEnergy({ source: 'rapl', covers: 'package-0' }, 3, { joules: 5, seconds: 1 }),
      );
    };
    const metered = await Lab.open({ signal, dir: tmpdir(), metering });
    try {
      const { energy } = await runScenario(planOf('ws'), metered);
      expect(energy).toMatchObject([{ source: 'rapl', totalJ: 5, marginalJ: 2, radioJ: null }]);
      expect(windows).toEqual([MEASURED_S]);
    } finally {
      await metered.close();
    }
  });

  it('is refused, with a reason, where nothing sends', async () => {
    await expect(runScenario(planOf('sse'), lab)).rejects.toThrow('nothing is sent by sse');
  });
});
