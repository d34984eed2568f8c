import { describe, expect, it } from 'vitest';
import { Latency } from './latency.js';
import { shuffledRounds } from './order.js';
import { processUse, useBetween } from './process-meter.js';
import { spreadOf } from './statistics.js';

describe('spreadOf', () => {
  it('is the middle, the least and the greatest', () => {
    expect(spreadOf([3, 1, 2])).toEqual({ median: 2, min: 1, max: 3 });
    expect(spreadOf([10, 2, 4, 1])).toEqual({ median: 3, min: 1, max: 10 });
    expect(() => spreadOf([])).toThrow(RangeError);
  });
});

describe('shuffledRounds', () => {
  it('has every item once in each round, in an order that the seed decides', () => {
    const items = ['a', 'b', 'c', 'd', 'e'];
    const order = shuffledRounds(items, 20, 7);
    const rounds = Array.from({ length: 20 }, (_, round) => order.slice(5 * round, 5 * round + 5));
    for (const round of rounds) expect([...round].sort()).toEqual(items);
    expect(new Set(rounds.map((round) => round.join(''))).size).toBeGreaterThan(5);
    expect(shuffledRounds(items, 20, 7)).toEqual(order);
    expect(shuffledRounds(items, 20, 8)).not.toEqual(order);
  });
});

describe('Latency', () => {
  it('gives percentiles in ms and forgets on reset', () => {
    const latency = new Latency();
    latency.record(1_000, 98);
    latency.record(20_000, 2);
    expect(latency.summary()).toMatchObject({ count: 100, p50: 1, p90: 1 });
    expect(latency.summary().p99).toBeCloseTo(20, 1);
    latency.reset();
    expect(latency.summary()).toEqual({ count: 0, p50: 0, p90: 0, p99: 0, p999: 0, max: 0 });
  });
});

describe('processUse', () => {
  it('sees the CPU that this process uses and agrees with what Node says of it', () => {
    const [before, nodeBefore] = [processUse(process.pid), process.cpuUsage()];
    const pages: Buffer[] = [];
    while (process.cpuUsage(nodeBefore).user < 300_000) pages[0] = Buffer.alloc(2 ** 20, pages.length);
    const used = useBetween(before, processUse(process.pid));
    const { user, system } = process.cpuUsage(nodeBefore);
    expect(Math.abs(used.cpuS - (user + system) / 1e6)).toBeLessThan(0.1);
    expect(used.mainCpuS).toBeGreaterThan(0.1);
    expect(used.mainCpuS).toBeLessThanOrEqual(used.cpuS + 0.1);
    expect(used.rssPeakBytes).toBeGreaterThan(20e6);
  });
});
