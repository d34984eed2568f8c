import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { delayed, planOf, scenarioOf } from '../records.testing.js';
import { DOWN_METHODS, type Scenario } from '../scenario.js';
import { CARRIERS, type Path } from './carriers.js';
import { idealLatencies, predict, type Prediction } from './predict.js';
import { transferUs } from './transfer.js';

const ways = (upMs: number, downMs = upMs) => ({ up: { p50Ms: upMs }, down: { p50Ms: downMs } });
const pathOf = (upUs: number, downUs: number, direction: Scenario['direction'] = 'display'): Path => ({
  upUs,
  downUs,
  dataUs: () => (direction === 'uplink' ? upUs : downUs),
});

/** Prediction with so much one-way delay, throwing when there is none. */
function predicted(changes: Partial<Scenario>, upMs: number, downMs = upMs): Prediction {
  const prediction = predict(planOf(scenarioOf(changes)), ways(upMs, downMs));
  if (prediction === null) throw new Error('no prediction');
  return prediction;
}

describe('uplink', () => {
  it.each([
    ['ws', 1, 'L'],
    ['wss', 1, 'L'],
    ['mqtt', 1, 'L'],
    ['post-kept', 1, 'L'],
    ['posts-kept', 1, 'L'],
    ['post-new', 3, '3L'],
    ['posts-full', 5, '5L'],
    ['posts-resumed', 5, '5L'],
  ] as const)('%s takes %d one-way delays', (method, crossings, formula) => {
    const { meanUs, p50Us, closedFormMs, ...said } = predicted({ method }, 20);
    expect(meanUs).toBeCloseTo(crossings * 20_000, 3);
    expect(p50Us).toBeCloseTo(crossings * 20_000, 3);
    expect(closedFormMs).toBeCloseTo(crossings * 20, 6);
    expect(said).toEqual({ formula, leavesOut: '', phaseUs: 0 });
  });

  it('counts each way as often as it is gone', () => {
    expect(predicted({ method: 'post-new' }, 10, 50).meanUs).toBeCloseTo(70_000, 3);
    expect(predicted({ method: 'posts-full' }, 10, 50).meanUs).toBeCloseTo(130_000, 3);
  });

  it('waits for the rest of a batch: at 10 Hz by 5, 400, 300, 200, 100 and 0 ms', () => {
    const { meanUs, formula, closedFormMs } = predicted({ readingsPerMessage: 5, rateHz: 10 }, 20);
    expect(meanUs / 1000).toBeCloseTo(220, 6);
    expect(closedFormMs).toBeCloseTo(220, 6);
    expect(formula).toBe('L + (n - 1)T/2');
  });

  it('queues when all connections of the pool are busy', () => {
    const sends = Array.from({ length: 8 }, (_, at) => ({ atUs: at * 10_000, readings: 1 }));
    const there = CARRIERS['post-kept'](sends, pathOf(100_000, 100_000, 'uplink'), planOf(scenarioOf()), 0);
    // Six open at 0, 10, ..., 50 ms, are there 300 ms later and free 100 ms after that; the rest wait for the first two.
    expect(there.slice(0, 6)).toEqual([300_000, 310_000, 320_000, 330_000, 340_000, 350_000]);
    expect(there.slice(6)).toEqual([500_000, 510_000]);
    const { formula, closedFormMs, meanUs } = predicted({ method: 'post-kept', rateHz: 100 }, 100);
    expect(closedFormMs).toBeNull();
    expect(formula).toContain('without bound');
    expect(meanUs).toBeGreaterThan(10 * 100_000);
    // With a connection for each, 4L of it, six of them carry 15 a second over 100 ms.
    expect(predicted({ method: 'post-new', rateHz: 14 }, 100).meanUs).toBeCloseTo(300_000, 3);
    expect(predicted({ method: 'post-new', rateHz: 16 }, 100).closedFormMs).toBeNull();
  });
});

describe('display', () => {
  const display = { direction: 'display', network: delayed(20) } as const;

  it.each(['ws', 'sse'] as const)('%s takes one one-way delay', (method) => {
    expect(predicted({ ...display, method }, 30, 20).meanUs).toBeCloseTo(20_000, 3);
  });

  it('long poll takes L while a round trip is shorter than the time between readings', () => {
    const { meanUs, formula } = predicted({ ...display, method: 'long-poll' }, 75);
    expect(meanUs).toBeCloseTo(75_000, -1);
    expect(formula).toBe('L, as 2L < T');
  });

  it('long poll takes 2L on the average beyond, and 3L at most', () => {
    const scenario = scenarioOf({ ...display, method: 'long-poll', rateHz: 100 });
    const latencies = idealLatencies(planOf(scenario), pathOf(150_000, 150_000), 0.5);
    expect(Math.max(...latencies)).toBeLessThanOrEqual(450_000.001);
    expect(Math.max(...latencies)).toBeGreaterThan(430_000);
    const { meanUs, closedFormMs } = predicted({ ...display, method: 'long-poll', rateHz: 100 }, 150);
    expect(closedFormMs).toBeCloseTo(300, 9);
    expect(meanUs / 300_000).toBeCloseTo(1, 1);
    // At 4 Hz the round trip of 300 ms is six fifths of the interval: what waits keeps to one of few phases.
    const locked = predicted({ ...display, method: 'long-poll' }, 150);
    expect(locked.meanUs / 300_000).toBeCloseTo(1, 1);
    expect(locked.phaseUs).toBeGreaterThan(15_000);
    expect(locked.phaseUs).toBeLessThan(30_000);
  });

  it('long poll by hand: readings at 0, 100 and 200 ms, request at the hub at 40, delay 80 up and 30 down', () => {
    const sends = [0, 100_000, 200_000].map((atUs) => ({ atUs, readings: 1 }));
    const plan = planOf(scenarioOf({ ...display, method: 'long-poll' }));
    // Answers leave at 40, 150 (the request was back by then) and 260 ms.
    expect(CARRIERS['long-poll'](sends, pathOf(80_000, 30_000), plan, 40 / 110)).toEqual([
      70_000, 180_000, 290_000,
    ]);
  });

  it('poll takes L and half an interval, whatever the direction of the request', () => {
    const scenario = scenarioOf({ ...display, method: 'poll', pollMs: 250 });
    const means = Array.from(
      { length: 40 },
      (_, run) => predict(planOf(scenario, run, 40), ways(40, 20))?.meanUs ?? NaN,
    );
    const mean = means.reduce((sum, us) => sum + us, 0) / means.length;
    expect(mean / 145_000).toBeCloseTo(1, 1);
    const { formula, closedFormMs } = predicted({ ...display, method: 'poll', pollMs: 250 }, 40, 20);
    expect({ formula, closedFormMs }).toEqual({ formula: 'L + D/2', closedFormMs: 145 });
  });

  it('poll asks without a pause when an exchange takes longer than the interval', () => {
    const { meanUs, closedFormMs } = predicted({ ...display, method: 'poll', pollMs: 250, rateHz: 7 }, 300);
    expect(closedFormMs).toBe(600);
    expect(meanUs / 600_000).toBeCloseTo(1, 1);
    expect(predicted({ ...display, method: 'poll-new', pollMs: 250 }, 300).closedFormMs).toBe(900);
  });

  it('poll by hand: nothing but what was at the hub when a request came by', () => {
    const plan = planOf(scenarioOf({ ...display, method: 'poll', pollMs: 1000 }));
    const sends = Array.from({ length: 40 }, (_, at) => ({ atUs: at * 250_000, readings: 1 }));
    const there = CARRIERS.poll(sends, pathOf(10_000, 10_000), plan, 0);
    expect(new Set(there).size).toBeLessThanOrEqual(12);
    for (const [at, us] of there.entries()) expect(us).toBeGreaterThanOrEqual(at * 250_000 + 10_000);
  });
});

describe('of any schedule and delay', () => {
  const scenarios = fc.record({
    method: fc.constantFrom(...DOWN_METHODS),
    rateHz: fc.constantFrom(0.5, 1, 4, 20, 100),
    pollMs: fc.integer({ min: 20, max: 3000 }),
    readingsPerMessage: fc.integer({ min: 1, max: 8 }),
    upUs: fc.integer({ min: 50, max: 400_000 }),
    downUs: fc.integer({ min: 50, max: 400_000 }),
    replicate: fc.integer({ min: 0, max: 2 }),
  });

  it('nothing comes before a one-way delay, nor a long poll later than three ways and its batch', () => {
    fc.assert(
      fc.property(scenarios, ({ method, rateHz, pollMs, readingsPerMessage, upUs, downUs, replicate }) => {
        const polls = method === 'poll' || method === 'poll-new';
        const scenario = scenarioOf({
          direction: 'display',
          method,
          rateHz,
          readingsPerMessage,
          pollMs: polls ? pollMs : null,
        });
        const plan = { ...planOf(scenario, replicate), measuredS: 10 };
        const latencies = idealLatencies(plan, pathOf(upUs, downUs), 0.4);
        expect(Math.min(...latencies)).toBeGreaterThanOrEqual(downUs - 1e-3);
        const batchUs = ((readingsPerMessage - 1) * 1e6) / rateHz;
        if (method === 'long-poll')
          expect(Math.max(...latencies)).toBeLessThanOrEqual(upUs + 2 * downUs + batchUs + 1e-3);
        if (method === 'ws') expect(Math.max(...latencies)).toBeLessThanOrEqual(downUs + batchUs + 1e-3);
      }),
      { numRuns: 60 },
    );
  });
});

describe('rate and loss', () => {
  const slow = { delayMs: 100, jitterMs: 0, bitsPerS: 100_000, lossRatio: 0 };
  const network = { name: 'slow', up: slow, down: slow };

  it('adds the time that the bytes take, and says nothing of a link that is too busy', () => {
    const { meanUs } = predicted({ method: 'post-new', network }, 100);
    // A request of 204 bytes and 52 of headers at 100 kbit/s.
    expect(meanUs).toBeCloseTo(300_000 + (8e6 * 256) / 100_000, 3);
    expect(predict(planOf(scenarioOf({ method: 'post-new', network, rateHz: 40 })), ways(100))).toBeNull();
  });

  it('adds a round trip for each doubling of the first window', () => {
    const { up: fast } = delayed(100);
    const scenario = scenarioOf({ method: 'post-new', rateHz: 1000, readingsPerMessage: 1000 });
    expect(transferUs(scenario, fast, 200_000, 500)).toBe(0);
    expect(transferUs(scenario, fast, 200_000, 1000)).toBe(200_000);
    expect(transferUs(scenario, fast, 200_000, 2000)).toBe(400_000);
  });

  it('is a lower bound where packets get lost', () => {
    const lossy = { name: 'lossy', up: { ...slow, lossRatio: 0.02 }, down: slow };
    expect(predicted({ network: lossy }, 100).leavesOut).toContain('lower bound');
  });

  it('says nothing without a schedule or over a link that is not ours', () => {
    expect(predict(planOf(scenarioOf({ rateHz: null })), ways(1))).toBeNull();
    expect(predict(planOf(scenarioOf()), null)).toBeNull();
  });
});
