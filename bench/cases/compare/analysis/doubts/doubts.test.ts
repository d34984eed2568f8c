import { describe, expect, it } from 'vitest';
import type { RunRecord } from '../../record.js';
import {
  comparisonScenarios,
  delayed,
  histogramOf,
  planOf,
  recordOf,
  recordsOf,
  scenarioOf,
} from '../../records.testing.js';
import type { Scenario } from '../../scenario.js';
import { analyse } from '../analyse.js';
import type { Doubt } from '../analysis.js';

function doubtsOf(...records: RunRecord[]): readonly Doubt[] {
  return analyse(records).cells.flatMap(({ doubts }) => doubts);
}

const codesOf = (...records: RunRecord[]): string[] => doubtsOf(...records).map(({ code }) => code);

const run = (scenario: Partial<Scenario> = {}, changes: Partial<RunRecord> = {}): RunRecord =>
  recordOf(planOf(scenarioOf(scenario)), changes);

const repeated = (count: number, us: (at: number) => number) =>
  histogramOf(Array.from({ length: count }, (_, at) => us(at)));

describe('a right arm', () => {
  it('raises no doubt, whatever the method, and agrees with theory', () => {
    const { cells } = analyse(recordsOf(comparisonScenarios()));
    for (const { key, doubts, theory } of cells) {
      expect({ key, doubts }).toEqual({ key, doubts: [] });
      expect({ key, agrees: theory?.agrees ?? true, why: theory?.why ?? '' }).toEqual({
        key,
        agrees: true,
        why: '',
      });
    }
  });
});

describe('coordinated omission', () => {
  /** 100 a second over 75 ms by who waits for each answer: 6.7 a second, each with its own 75 ms. */
  const waited = (lateness: RunRecord['lateness']) =>
    run(
      { rateHz: 100 },
      {
        readings: { due: 6000, arrived: 6000, lost: 0, duplicated: 0 },
        latency: repeated(6000, () => 75_500),
        throughput: 6.7,
        lateness,
      },
    );

  it('is seen when latencies are short of what the client was late', () => {
    const [doubt] = doubtsOf(waited(repeated(6000, (at) => at * 140_000)));
    expect(doubt?.code).toBe('coordinated-omission');
    expect(doubt?.message).toMatch(/not counted from when they were due/);
  });

  it('is seen when the client hides that it was late: fewer arrive than were due, and none late', () => {
    const [doubt] = doubtsOf(waited(repeated(6000, () => 100)));
    expect(doubt).toMatchObject({
      code: 'coordinated-omission',
      message: /6\.7 of 100\.0 readings a second/,
    });
  });

  it('is seen when it counts only what it sent', () => {
    const latency = repeated(400, () => 75_500);
    const few = { due: 400, arrived: 400, lost: 0, duplicated: 0 };
    const [doubt] = doubtsOf(run({ rateHz: 100 }, { readings: few, latency, throughput: 6.7 }));
    expect(doubt).toMatchObject({ code: 'coordinated-omission', message: /the schedule has 6000/ });
    const missing = { due: 240, arrived: 240, lost: 0, duplicated: 0 };
    expect(codesOf(run({}, { readings: missing, latency: repeated(200, () => 75_500) }))).toContain(
      'coordinated-omission',
    );
  });

  it('is not what saturation is: readings that wait have the latency of it', () => {
    const readings = { due: 6000, arrived: 6000, lost: 0, duplicated: 0 };
    const latency = repeated(6000, (at) => 75_000 + at * 5_000);
    const codes = codesOf(run({ rateHz: 100 }, { readings, latency, throughput: 66 }));
    expect(codes).toContain('saturated');
    expect(codes).not.toContain('coordinated-omission');
  });
});

describe("Nagle's algorithm", () => {
  it('is seen by the 40 ms for which an acknowledgement is held back', () => {
    const held = run(
      { method: 'post-kept', network: delayed(0.2) },
      { latency: repeated(240, (at) => (at % 2 ? 41_000 : 900) + at) },
    );
    expect(doubtsOf(held)[0]).toMatchObject({
      code: 'nagle',
      message: /^50 % of readings came about 40 ms after/,
    });
    const afterRound = run(
      { network: delayed(20) },
      { latency: repeated(240, (at) => 20_500 + 80_000 + 10 * at) },
    );
    expect(codesOf(afterRound)).toContain('nagle');
  });

  it('is seen by messages that share a packet while theory is exceeded', () => {
    const scenario = { network: delayed(20), rateHz: 100, noDelay: false };
    const { wire } = run(scenario);
    const up = { ...wire.window.up, packets: 1500, bareAcks: 0 };
    const bundled = { ...wire, window: { ...wire.window, up } };
    const latency = repeated(6000, (at) => 20_000 + (at % 40) * 1000);
    const record = run(scenario, { latency, wire: bundled });
    expect(doubtsOf(record)[0]).toMatchObject({
      code: 'nagle',
      message: /6000 messages went in 1500 packets/,
    });
    const [cell] = analyse([record]).cells;
    expect(cell?.theory).toMatchObject({ agrees: false, why: /TCP_NODELAY is off/ });
  });

  it('is not seen in a spread of latencies', () => {
    expect(codesOf(run({}, { latency: repeated(240, (at) => 75_000 + at * 400) }))).not.toContain('nagle');
  });
});

describe('other wrong arms', () => {
  const counted = (changes: Partial<RunRecord['readings']>) => ({
    due: 240,
    arrived: 240,
    lost: 0,
    duplicated: 0,
    ...changes,
  });
  const opened = (connections: number) => ({ wire: { ...run().wire, connections } });

  it.each<[string, string, RunRecord]>([
    [
      'a client that is late',
      'late-client',
      run({}, { lateness: repeated(240, (at) => (at % 20 ? 100 : 30_000)) }),
    ],
    ['what was seen too soon', 'negatives', run({}, { latency: repeated(240, (at) => at * 1000 - 2000) })],
    [
      'what did not cross the link',
      'faster-than-link',
      run({}, { latency: repeated(240, (at) => (at ? 75_500 : 900)) }),
    ],
    ['loss', 'loss', run({}, { readings: counted({ due: 241, lost: 1 }) })],
    ['duplicates', 'duplicates', run({}, { readings: counted({ duplicated: 3 }) })],
    ['kept connections that are not', 'connections', run({ method: 'post-kept' }, opened(240))],
    ['new connections that are not', 'connections', run({ method: 'post-new' }, opened(1))],
    [
      'packets that nobody saw',
      'estimated-packets',
      run({}, { wire: { ...run().wire, counted: 'estimated' } }),
    ],
    ['late polls', 'late-polls', latePolls()],
    ['too few readings', 'few-readings', fewReadings()],
    ['another delay than asked for', 'link-off', run({}, { achieved: { up: way(75), down: way(85) } })],
    ['agreement that tests nothing', 'theory-untested', run({}, { cpu: { clientS: 5, hubS: 5 } })],
    ['another loss than asked for', 'link-off', run({}, { achieved: { up: way(75, 0.02), down: way(75) } })],
  ])('%s', (_, code, record) => {
    expect(codesOf(record)).toContain(code);
  });

  it('does not take a probe that met a busy moment for coordinated omission', () => {
    const codes = codesOf(run({}, { achieved: { up: way(400), down: way(75) } }));
    expect(codes).toContain('link-off');
    expect(codes).not.toContain('coordinated-omission');
  });

  it('are not looked for in latencies of what was never due', () => {
    const most = recordOf(planOf(scenarioOf({ rateHz: null })), { latency: repeated(0, () => 0) });
    expect(codesOf(most)).toEqual([]);
  });

  it('says in how many runs', () => {
    const late = (replicate: number) =>
      recordOf(planOf(scenarioOf(), replicate), {
        lateness: repeated(240, () => 30_000 * Math.sign(replicate)),
      });
    const [doubt] = doubtsOf(late(0), late(1), late(2)).filter(({ code }) => code === 'late-client');
    expect(doubt?.message).toContain('(2 of 3 runs)');
  });
});

function way(meanMs: number, lossRatio = 0) {
  return { meanMs, p50Ms: meanMs, p99Ms: meanMs + 0.3, lossRatio };
}

function latePolls(): RunRecord {
  const polls = {
    asked: 240,
    merged: 0,
    latenessMeanUs: 60_000,
    latenessMaxUs: 90_000,
    roundTripMeanUs: 150_000,
  };
  return run({ direction: 'display', method: 'poll' }, { polls });
}

function fewReadings(): RunRecord {
  const plan = planOf(scenarioOf());
  return recordOf({ ...plan, measuredS: 5 });
}
