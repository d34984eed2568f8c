import { Latency } from '@weir/bench';
import { describe, expect, it } from 'vitest';
import { isWhole, summarise, type Counts } from './summary.js';

const latency = new Latency();
latency.acked(3, 1_000, 3_000);
const whole: Counts = { devices: 2, sent: 10, acked: 10, stored: 10, duplicates: 0, published: 10 };

describe('summary', () => {
  it('is whole when all four counts are equal', () => {
    const summary = summarise(whole, latency);
    expect(isWhole(summary)).toBe(true);
    expect(Math.abs(summary.latency_ms.p50 - 2)).toBeLessThan(0.01);
  });

  it.each<[string, Partial<Counts>, Partial<ReturnType<typeof summarise>>]>([
    ['nothing was sent', { sent: 0, acked: 0, stored: 0, published: 0 }, {}],
    ['an acknowledgement is missing', { acked: 9 }, {}],
    ['one is not stored', { stored: 9 }, { lost: 1 }],
    ['one came twice', { stored: 11, duplicates: 1 }, { lost: 0, duplicates: 1 }],
    ['one came twice and another not at all', { stored: 10, duplicates: 1 }, { lost: 1, duplicates: 1 }],
    ['one is not published', { published: 9 }, {}],
  ])('is not when %s', (_name, counts, expected) => {
    const summary = summarise({ ...whole, ...counts }, latency);
    expect(isWhole(summary)).toBe(false);
    expect(summary).toMatchObject(expected);
  });
});
