/** Arms that measure wrongly, through the whole of a run: what gives them away is in its record. */
import { readdir } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest';
import { delayOnly } from '../../../../network/impairments.js';
import { canNamespace } from '../../../../network/link.js';
import { UPLINK_PROCESS, WITNESS_PROCESS } from '../../../../processes/scripts.js';
import type { Method, RunPlan, Scenario } from '../../scenario.js';
import { analyse } from '../../analysis/analyse.js';
import type { RunRecord } from '../../record.js';
import { Lab } from '../lab.js';
import type { Cast } from '../play.js';
import { runScenario } from '../run-scenario.js';

const TWO_WRITES = new URL('./two-writes.testing.js', import.meta.url);
const WAITING_SENDER = new URL('./waiting-sender.testing.js', import.meta.url);
const DYING_SENDER = new URL('./dying-sender.testing.js', import.meta.url);
const STAMP_WITNESS = new URL('./stamp-witness.testing.js', import.meta.url);

function planOf(method: Method, changes: Partial<Scenario>): RunPlan {
  const scenario: Scenario = {
    ...{ direction: 'uplink', method, network: delayOnly(5), noDelay: true },
    ...{ devices: 1, rateHz: 10, readingsPerMessage: 1, pollMs: null },
    ...changes,
  };
  return { scenario, replicate: 0, replicates: 1, seed: 5, warmupS: 0.5, measuredS: 2 };
}

const codesOf = (record: RunRecord): string[] =>
  analyse([record]).cells.flatMap(({ doubts }) => doubts.map(({ code }) => code));

/** Whole runs, on a machine that may have other work. */
vi.setConfig({ testTimeout: 180_000 });

const right: Cast = { sender: UPLINK_PROCESS, receiver: WITNESS_PROCESS, client: 'sender' };

describe.skipIf((await canNamespace()) !== null)('a wrong arm', () => {
  let lab: Lab;
  beforeAll(async () => {
    lab = await Lab.open({ signal: new AbortController().signal, dir: tmpdir(), profiles: [] });
  });
  afterAll(() => lab.close());

  it("has 40 ms more where Nagle's algorithm meets writes in two parts", async () => {
    const plan = planOf('post-kept', { noDelay: false });
    const whole = await runScenario(plan, lab, right);
    const parts = await runScenario(plan, lab, { ...right, sender: TWO_WRITES });
    // Over TLS too: there Node leaves Nagle's algorithm on unless it is told.
    const without = await runScenario(planOf('posts-kept', {}), lab, { ...right, sender: TWO_WRITES });
    for (const { readings } of [whole, parts, without]) expect(readings.lost).toBe(0);
    const [best, held, spared] = [whole, parts, without].map(({ latency }) => latency.p50Us);
    expect(held).toBeGreaterThan((best ?? 0) + 30_000);
    expect(held).toBeGreaterThan((spared ?? 0) + 20_000);
    expect(codesOf(parts)).toContain('nagle');
  });

  it('hides by coordinated omission what waiting cost, and shows how little arrived', async () => {
    const plan = planOf('ws', { rateHz: 60, network: delayOnly(20) });
    const honest = await runScenario(plan, lab, { ...right, sender: WAITING_SENDER });
    const wrong = await runScenario(plan, lab, {
      ...{ sender: WAITING_SENDER, receiver: STAMP_WITNESS, client: 'sender' },
    });
    for (const { readings } of [honest, wrong]) expect(readings).toMatchObject({ due: 120, arrived: 120 });
    expect(honest.latency.p50Us).toBeGreaterThan(500_000);
    expect(wrong.latency.p50Us).toBeLessThan(honest.latency.p50Us / 3);
    expect(wrong.throughput).toBeLessThan(45);
    expect(wrong.confirmed?.p50Us).toBeGreaterThan(500_000);
    expect(codesOf(honest)).toContain('saturated');
    expect(codesOf(honest)).not.toContain('coordinated-omission');
    expect(codesOf(wrong)).toContain('coordinated-omission');
  });

  it('has no record when a process dies, and leaves nothing in the way of the next run', async () => {
    const plan = planOf('ws', {});
    await expect(runScenario(plan, lab, { ...right, sender: DYING_SENDER })).rejects.toThrow(
      'dying-sender.testing.js ended (exit code 7) before it had answered',
    );
    expect((await readdir(lab.dir)).filter((name) => name.startsWith('run-'))).toEqual([]);
    expect((await runScenario(plan, lab)).readings.lost).toBe(0);
  });
});
