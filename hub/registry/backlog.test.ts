import { describe, expect, it } from 'vitest';
import { Backlog } from './backlog.js';
import { EpochEntry } from './epoch.js';

const NOW_US = 1_790_000_000e6;

function epochWith(...seen: (readonly [number, number])[]): EpochEntry {
  const entry = new EpochEntry(2 ** 40);
  for (const [first, last] of seen) entry.seen.add(first, last);
  return entry;
}

const held = (range: readonly [number, number] | null) => {
  return { epoch: 2 ** 40, held: range, anchor: null, deviceUtcUs: null };
};

describe('Backlog', () => {
  it('is what is held less what is here, over all epochs', () => {
    const epochs = [epochWith([1, 10]), epochWith([5, 6], [8, 8]), epochWith(), epochWith([1, 100])];
    const backlog = Backlog.of([held([8, 12]), held([1, 9]), held(null), held([20, 90])], epochs);
    expect(backlog.frames).toBe(2 + 6);
  });

  it('counts down, and tells pace, end and how far it has got', () => {
    const backlog = Backlog.of([held([1, 1_000])], [epochWith()]);
    expect(backlog.perSecond(NOW_US)).toBe(0);
    expect(backlog.endUs(NOW_US)).toBeNull();
    expect(backlog.readings).toBeNull();
    for (let i = 0; i < 500; i++) backlog.came(1, 4, NOW_US + i * 20_000, i % 2 === 0 ? i * 1e6 : null);
    const lastUs = NOW_US + 10e6;
    expect(backlog.frames).toBe(500);
    expect(backlog.readings).toBe(2_000);
    expect(backlog.frontUs).toBe(498e6);
    expect(backlog.perSecond(lastUs)).toBeCloseTo(50, -1);
    expect((backlog.endUs(lastUs)! - lastUs) / 1e6).toBeCloseTo(10, 0);
  });

  it('has no end while nothing comes, nor when all of it is here', () => {
    const backlog = Backlog.of([held([1, 3])], [epochWith()]);
    backlog.came(1, 1, NOW_US, null);
    expect(backlog.endUs(NOW_US + 1e6)).not.toBeNull();
    expect(backlog.endUs(NOW_US + 31e6)).toBeNull();
    backlog.came(1, 1, NOW_US + 40e6, null);
    backlog.givenUp(7);
    expect(backlog.frames).toBe(0);
    expect(backlog.endUs(NOW_US + 40e6)).toBeNull();
  });
});
