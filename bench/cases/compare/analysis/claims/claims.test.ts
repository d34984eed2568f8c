import { describe, expect, it } from 'vitest';
import {
  comparisonScenarios,
  delayed,
  planOf,
  recordOf,
  recordsOf,
  scenarioOf,
} from '../../records.testing.js';
import type { RunRecord } from '../../record.js';
import { scenarioKey, type Scenario } from '../../scenario.js';
import { analyse } from '../analyse.js';
import type { Claim } from '../analysis.js';
import { sureness, verdictOf } from './verdict.js';

function claim(id: Claim['id'], records: readonly RunRecord[]): Claim {
  const found = analyse(records).claims.find((each) => each.id === id);
  if (found === undefined) throw new Error(`no claim ${id}`);
  return found;
}

const runs = (
  scenario: Partial<Scenario>,
  changes: (replicate: number) => Partial<RunRecord> = () => ({}),
  count = 3,
) =>
  Array.from({ length: count }, (_, replicate) =>
    recordOf(planOf(scenarioOf(scenario), replicate, count), changes(replicate)),
  );

const all = (): RunRecord[] => recordsOf(comparisonScenarios());
const notesOf = ({ notes }: Claim): string => notes.join('\n');

describe('the rule of verdicts, for a told factor of 4', () => {
  it.each([
    ['confirmed', 3.1, [2.9, 3.3]],
    ['confirmed', 9, [8, 10]],
    ['confirmed', 3.1, [1.2, 8]],
    ['smaller than told', 2.9, [2.8, 3.0]],
    ['smaller than told', 1.1, [1.05, 1.15]],
    ['refuted', 1.1, [0.9, 1.3]],
    ['refuted', 0.5, [0.4, 0.6]],
    ['refuted', 1, [1, 1]],
    ['undecided', 2, [0.5, 8]],
    ['confirmed', 3.1, [null, null]],
    ['smaller than told', 1.5, [null, null]],
    ['refuted', 0.9, [null, null]],
  ] as const)('%s at %d within %j', (verdict, ratio, ci95) => {
    expect(verdictOf(4, { ratio, ci95 })).toBe(verdict);
  });

  it('measures nothing without runs, and says how sure it is', () => {
    expect(verdictOf(4, null)).toBe('not measured');
    expect(sureness(4, { ratio: 3.1, ci95: [2.9, 3.3] }, 3)).toMatch(
      /the border of 3\.00 between the verdicts/,
    );
    expect(sureness(4, { ratio: 2, ci95: [0.5, 8] }, 3)).toMatch(/differ too much to tell/);
    expect(sureness(4, { ratio: 3.1, ci95: [null, null] }, 1)).toMatch(/preview/);
    expect(sureness(4, { ratio: 9, ci95: [8, 10] }, 3)).toBe('');
  });
});

describe('latency', () => {
  it('is judged at 75 ms by polls as often as readings come, with theory beside it', () => {
    const found = claim('latency', all());
    const poll = scenarioKey(scenarioOf({ direction: 'display', method: 'poll' }));
    expect(found.compared).toEqual([poll, scenarioKey(scenarioOf({ direction: 'display' }))]);
    expect(found.verdict).toBe('confirmed');
    expect(Math.abs(found.ratio / (found.theory ?? 0) - 1)).toBeLessThan(0.05);
    expect(notesOf(found)).toMatch(/uplink is not polled.*over a new one it takes 2\.9/);
    expect(
      found.elsewhere.some(({ conditions }) => conditions.startsWith('Long polling, hub to page, 150 ms')),
    ).toBe(true);
    expect(
      found.elsewhere.some(({ conditions }) =>
        conditions.startsWith('POST, new connection, device to hub, 75 ms'),
      ),
    ).toBe(true);
  });

  it('is judged at the middle of the delays that were measured when 75 ms was not', () => {
    const at = (ms: number) => [
      ...runs({ direction: 'display', network: delayed(ms) }),
      ...runs({ direction: 'display', method: 'poll', network: delayed(ms) }),
    ];
    expect(claim('latency', [...at(150), ...at(0.2), ...at(20)]).compared[1]).toContain('20ms');
    expect(claim('latency', at(5)).compared[1]).toContain(' 5ms ');
  });

  it('judges over a link that is not ours, without theory', () => {
    const remote = { ...delayed(0), name: 'remote' };
    const none = () => ({ achieved: null, predictedMeanUs: null });
    const found = claim('latency', [
      ...runs({ direction: 'display', network: remote }, none),
      ...runs({ direction: 'display', method: 'poll', network: remote }, none),
    ]);
    expect(found).toMatchObject({ verdict: 'confirmed', theory: null });
  });

  it('says what is doubted of its two cells', () => {
    const lost = () => ({ readings: { due: 241, arrived: 240, lost: 1, duplicated: 0 } });
    const found = claim('latency', [
      ...runs({ direction: 'display' }, lost),
      ...runs({ direction: 'display', method: 'poll' }),
    ]);
    expect(notesOf(found)).toMatch(/Doubt about display ws .*1 of 241 readings never came/);
  });
});

describe('throughput', () => {
  const fast = (method: Scenario['method'], perS: number, changes: Partial<Scenario> = {}) =>
    runs({ method, rateHz: null, network: delayed(0), ...changes }, (replicate) => ({
      throughput: perS * (1 + replicate / 100),
    }));

  it('is WebSocket over POST, where the network limits least', () => {
    const records = [
      ...fast('ws', 4000, { network: delayed(20) }),
      ...fast('post-kept', 100, { network: delayed(20) }),
      ...fast('ws', 4000),
      ...fast('post-kept', 2000),
      ...fast('ws', 9000, { readingsPerMessage: 100 }),
      ...fast('post-kept', 9000, { readingsPerMessage: 100 }),
    ];
    const found = claim('throughput', records);
    expect(found).toMatchObject({ verdict: 'smaller than told', ratio: expect.closeTo(2, 9) as number });
    expect(found.ci95[0]).toBeCloseTo(2, 9);
    expect(notesOf(found)).toContain('With 100 readings a message it is 1 ');
    expect(
      found.elsewhere.map(({ conditions }) => conditions).filter((each) => each.includes("hub's CPU")),
    ).toHaveLength(3);
  });

  it('is not measured without its runs', () => {
    expect(claim('throughput', fast('ws', 4000))).toMatchObject({
      verdict: 'not measured',
      compared: ['', ''],
      elsewhere: [],
    });
  });
});

describe('energy', () => {
  it('is modelled, and says so, with totals, sensitivity and other devices', () => {
    const found = claim('energy', all());
    // By hand of the fixture: 9 and 2 frames of 0.2 mJ, each with 0.3 ms of CPU at 0.8 W.
    expect(found.ratio).toBeCloseTo((9 * 2e-4 + 2.4e-4) / (2 * 2e-4 + 2.4e-4), 6);
    expect(found.verdict).toBe('smaller than told');
    expect(notesOf(found)).toMatch(/^Modelled, not measured/);
    expect(notesOf(found)).toContain('idle device in it, is 1 [1, 1] times as much');
    expect(notesOf(found)).toMatch(/between 2\.25 \(frame\) and 3\.92 \(cpu\)/);
    expect(found.elsewhere[0]?.conditions).toBe('lte-aro (modelled), the same runs');
  });

  it('says measured of what a meter measured, and gives no sensitivity', () => {
    const metered = (marginalJ: number) => () => ({
      energy: [
        {
          source: 'ina219',
          profile: 'ina219',
          windowS: 60,
          idleJ: 84,
          radioJ: null,
          cpuJ: null,
          marginalJ,
          totalJ: 84 + marginalJ,
          states: {},
          sensitivity: {},
        } as const,
      ],
    });
    const found = claim('energy', [...runs({}, metered(1)), ...runs({ method: 'post-new' }, metered(7))]);
    expect(found).toMatchObject({ verdict: 'confirmed', ratio: expect.closeTo(7, 9) as number });
    expect(notesOf(found)).toMatch(/^Measured by INA219/);
    expect(notesOf(found)).not.toMatch(/modelled/i);
  });

  it('is not measured when a meter saw less than idle', () => {
    const none = () => ({
      energy: [
        {
          source: 'rapl',
          profile: 'rapl',
          windowS: 60,
          idleJ: 84,
          radioJ: null,
          cpuJ: null,
          marginalJ: -1,
          totalJ: 83,
          states: {},
          sensitivity: {},
        } as const,
      ],
    });
    expect(claim('energy', [...runs({}, none), ...runs({ method: 'post-new' })]).verdict).toBe(
      'not measured',
    );
  });
});

describe('bytes', () => {
  it('counts all of IP both ways, and says when a single message is cheaper by POST', () => {
    const found = claim('bytes', all());
    expect(found).toMatchObject({
      verdict: 'smaller than told',
      ratio: expect.closeTo(450 / 165, 9) as number,
    });
    // 822 bytes of setup, 718 by POST over a new connection and 165 each: two messages.
    expect(notesOf(found)).toContain('for fewer than 2 messages POST, new connection costs less');
    expect(notesOf(found)).toMatch(
      /Batching is the longer lever: with 10 readings a message it is 10 .*times fewer bytes a reading by WebSocket/,
    );
    expect(found.elsewhere.some(({ conditions }) => conditions.startsWith('MQTT'))).toBe(true);
  });

  it('needs one run of each, and says that this is a preview', () => {
    const found = claim('bytes', [...runs({}, undefined, 1), ...runs({ method: 'post-kept' }, undefined, 1)]);
    expect(found).toMatchObject({ verdict: 'smaller than told', ci95: [null, null] });
    expect(found.notes[0]).toMatch(/preview/);
  });
});

describe('analysis', () => {
  it('has four claims whatever there is, all plain JSON', () => {
    for (const records of [[], all(), runs({})]) {
      const analysis = analyse(records);
      expect(analysis.claims.map(({ id }) => id)).toEqual(['latency', 'throughput', 'energy', 'bytes']);
      expect(JSON.parse(JSON.stringify(analysis))).toEqual(analysis);
    }
  });
});
