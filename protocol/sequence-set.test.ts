import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { SequenceSet } from './sequence-set.js';

const SIZE = 60;
const range = fc
  .tuple(fc.integer({ min: 1, max: SIZE }), fc.integer({ min: 0, max: 8 }))
  .map(([first, length]) => [first, Math.min(first + length, SIZE)] as const);

/** The same with a plain set: slow and plainly right. */
function modelRanges(model: ReadonlySet<number>, first: number, last: number, member: boolean): number[][] {
  const ranges: number[][] = [];
  for (let n = first; n <= last; n++) {
    if (model.has(n) !== member) continue;
    const open = ranges.at(-1);
    if (open?.[1] === n - 1) open[1] = n;
    else ranges.push([n, n]);
  }
  return ranges;
}

describe('SequenceSet', () => {
  it('holds what a plain set holds', () => {
    fc.assert(
      fc.property(fc.array(range, { maxLength: 30 }), range, (added, [first, last]) => {
        const set = new SequenceSet();
        const model = new Set<number>();
        for (const [from, to] of added) {
          set.add(from, to);
          for (let n = from; n <= to; n++) model.add(n);
          expect(set.ranges()).toEqual(modelRanges(model, 1, SIZE, true));
        }
        expect(set.count).toBe(model.size);
        expect(set.size).toBe(set.ranges().length);
        for (let n = 0; n <= SIZE + 1; n++) expect(set.has(n)).toBe(model.has(n));
        expect(set.missing(first, last)).toEqual(modelRanges(model, first, last, false));
        expect(set.contains(first, last)).toBe(set.missing(first, last).length === 0);
        expect(SequenceSet.from(set.ranges()).ranges()).toEqual(set.ranges());
      }),
      { numRuns: 500 },
    );
  });

  it('grows at its end by one range', () => {
    const set = new SequenceSet();
    for (let n = 1; n <= 100_000; n++) set.add(n);
    expect(set.ranges()).toEqual([[1, 100_000]]);
  });

  it('joins ranges that touch, and takes an empty one for nothing', () => {
    const set = SequenceSet.from([
      [1, 3],
      [7, 9],
      [20, 20],
    ]);
    set.add(5, 4);
    set.add(4, 6);
    expect(set.ranges()).toEqual([
      [1, 9],
      [20, 20],
    ]);
    expect(set.missing(8, 25)).toEqual([
      [10, 19],
      [21, 25],
    ]);
  });

  it('hands out ranges that are its own no more', () => {
    const set = SequenceSet.from([[1, 3]]);
    const before = set.ranges();
    set.add(4);
    expect(before).toEqual([[1, 3]]);
  });
});
