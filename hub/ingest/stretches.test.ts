import { describe, expect, it } from 'vitest';
import { offsetBy, type Span } from './offset-bounds.js';
import { Stretches } from './stretches.js';

const ANCHOR = { monotonicUs: 0, utcUs: 1_790_000_000e6, uncertaintyUs: 500 };
const frameAt = (s: number): Span => ({ firstUs: s * 1e6, lastUs: s * 1e6 + 100_000 });

describe('an offset for a stretch of time', () => {
  it('is one object for frames that follow one another, true for all of them', () => {
    const stretches = new Stretches((span) => offsetBy(ANCHOR, span));
    const first = stretches.of(frameAt(10));
    for (const s of [10.1, 11, 11.8]) expect(stretches.of(frameAt(s))).toBe(first);
    expect(stretches.of(frameAt(12))).not.toBe(first);
    // As far off as the last reading of the stretch may be.
    expect(first.uncertaintyUs).toBeGreaterThanOrEqual(500 + 1e-4 * 12e6);
    expect(first.uncertaintyUs).toBeLessThan(500 + 1e-4 * 12e6 + 10);
  });

  it('is the longer the less is known, so that a backlog of days takes few', () => {
    const stretches = new Stretches((span) => offsetBy(ANCHOR, span));
    const day = 86_400;
    const offsets = new Set(Array.from({ length: 1_000 }, (_, i) => stretches.of(frameAt(7 * day + i))));
    expect(offsets.size).toBe(1);
  });
});
