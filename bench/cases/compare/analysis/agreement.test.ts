import { describe, expect, it } from 'vitest';
import { delayed, histogramOf, planOf, recordOf, scenarioOf } from '../records.testing.js';
import type { RunRecord } from '../record.js';
import type { Scenario } from '../scenario.js';
import { analyse } from './analyse.js';
import type { Agreement } from './analysis.js';

const steady = (count: number, us: number) => histogramOf(Array.from({ length: count }, () => us));

/** Three runs whose latencies are all `us` of the replicate. */
function agreement(
  scenario: Partial<Scenario>,
  us: (replicate: number) => number,
  changes: Partial<RunRecord> = {},
): Agreement {
  const records = [0, 1, 2].map((replicate) =>
    recordOf(planOf(scenarioOf(scenario), replicate), {
      latency: steady(240, us(replicate)),
      lateness: steady(240, 100),
      cpu: { clientS: 0.024, hubS: 9 },
      ...changes,
    }),
  );
  const theory = analyse(records).cells[0]?.theory;
  if (theory === null || theory === undefined) throw new Error('no theory');
  return theory;
}

describe('theory beside measurement', () => {
  it('is of the link; what was measured apart is taken off, and the tolerance is the sum of its parts', () => {
    const found = agreement({}, () => 75_400);
    // The link's median is 75.09 ms and its 99th percentile 75.3; the client computes for 0.1 ms a message.
    expect(found).toMatchObject({ formula: 'L', agrees: true, why: '' });
    expect(found.predictedMs).toBeCloseTo(75.09, 6);
    expect(found.ownMs).toBeCloseTo(0.1, 6);
    expect(found.toleranceMs).toBeCloseTo(0.21 + 0.1 + 0.2, 6);
    expect(agreement({}, () => 75_800)).toMatchObject({ agrees: false });
  });

  it('takes the interval over runs into account', () => {
    const scattered = agreement({}, (replicate) => 75_000 + 1000 * replicate);
    expect(scattered.toleranceMs).toBeCloseTo(0.51 + 4.30265 / Math.sqrt(3), 3);
  });

  it('knows what the hub took from a sensor beside it, in runs of display and for the uplink', () => {
    const near = { nearMeanUs: 2_100 };
    expect(agreement({ direction: 'display' }, () => 77_200, near)).toMatchObject({ agrees: true });
    const records = [
      recordOf(planOf(scenarioOf({ direction: 'display' })), { ...near, lateness: steady(240, 100) }),
      recordOf(planOf(scenarioOf({})), { latency: steady(240, 77_200), lateness: steady(240, 100) }),
      recordOf(planOf(scenarioOf({ method: 'mqtt' })), { lateness: steady(240, 100) }),
    ];
    const [, uplink, mqtt] = analyse(records).cells.map(({ theory }) => theory?.ownMs);
    expect(uplink).toBeCloseTo(2.1, 6);
    expect(mqtt).toBeCloseTo(0.1, 6);
  });

  it.each<[string, RegExp, () => Agreement]>([
    ['faster than the link', /faster than theory allows/, () => agreement({}, () => 60_000)],
    ['lost packets', /TCP sends lost packets again/, () => agreement({ network: lossy() }, () => 120_000)],
    ['Nagle', /TCP_NODELAY is off/, () => agreement({ noDelay: false }, () => 120_000)],
    ['a busy machine', /the machine was busy/, () => agreement({}, () => 90_000, { lateness: late() })],
    ['saturation', /too much for it: 2\.0 of 4\.0/, () => agreement({}, () => 9e6, { throughput: 2 })],
    ['what nobody knows', /14\.7 ms are not explained/, () => agreement({}, () => 89_890)],
  ])('says why not: %s', (_, why, of) => {
    const found = of();
    expect(found.agrees).toBe(false);
    expect(found.why).toMatch(why);
  });
});

function lossy(): Scenario['network'] {
  const { up, down } = delayed(75);
  return { name: 'lossy', up: { ...up, lossRatio: 0.01 }, down };
}

/** Seldom, but by much. */
function late() {
  return histogramOf(Array.from({ length: 240 }, (_, at) => (at % 40 === 0 ? 40_000 : 100)));
}
