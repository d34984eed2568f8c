import { encodeFrame } from '@weir/protocol';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { Epoch } from './epoch.js';
import type { StoredFrame } from './stored-frame.js';

const ID = 2 ** 40;

function readings(seq: number): StoredFrame {
  const bytes = encodeFrame({
    type: 'readings',
    epoch: ID,
    seq,
    columns: [{ channel: 0, times: [1], values: [1] }],
  });
  return { kind: 'readings', epoch: ID, seq, readings: 1, takenUs: 0, bytes };
}

function describeFrame(seq: number, ...indices: number[]): StoredFrame {
  const channels = indices.map((index) => ({
    index,
    name: `c/${index}`,
    type: 'number' as const,
    unit: '',
    intervalMs: null,
  }));
  const bytes = encodeFrame({ type: 'describe', epoch: ID, seq, channels });
  return { kind: 'describe', epoch: ID, seq, readings: 0, takenUs: 0, bytes };
}

describe('Epoch', () => {
  it('counts what is pending, against a plain set', () => {
    const step = fc.oneof(
      fc.record({ add: fc.integer({ min: 1, max: 30 }) }),
      fc.record({ first: fc.integer({ min: 1, max: 30 }), last: fc.integer({ min: 1, max: 60 }) }),
    );
    fc.assert(
      fc.property(fc.array(step, { maxLength: 40 }), (steps) => {
        const epoch = new Epoch(ID);
        const present = new Set<number>();
        const done = new Set<number>();
        for (const each of steps) {
          if ('add' in each) {
            epoch.add(readings(each.add));
            present.add(each.add);
          } else {
            const end = Math.min(each.last, Math.max(0, ...present));
            const freed = [...present].filter(
              (seq) => seq >= each.first && seq <= end && !done.has(seq),
            ).length;
            expect(epoch.settle(each.first, each.last)).toBe(freed);
            for (let seq = each.first; seq <= end; seq++) done.add(seq);
          }
          const pending = [...present].filter((seq) => !done.has(seq));
          expect(epoch.pending).toBe(pending.length);
          for (let seq = 1; seq <= 30; seq++) expect(epoch.isPending(seq)).toBe(pending.includes(seq));
          expect(epoch.hasPending(5, 12)).toBe(pending.some((seq) => seq >= 5 && seq <= 12));
        }
      }),
    );
  });

  it('never settles what comes later', () => {
    const epoch = new Epoch(ID);
    epoch.add(readings(1));
    epoch.settle(1, 0xffff_ffff);
    epoch.add(readings(2));
    expect(epoch.isPending(2)).toBe(true);
  });

  it('keeps the describe frames that are still needed', () => {
    const epoch = new Epoch(ID);
    epoch.add(describeFrame(1, 0, 1));
    epoch.add(describeFrame(2, 2));
    epoch.add(describeFrame(3, 0));
    expect(epoch.describes().map(({ seq }) => seq)).toEqual([1, 2, 3]);
    epoch.add(describeFrame(4, 1));
    expect(epoch.describes().map(({ seq }) => seq)).toEqual([2, 3, 4]);
    epoch.introduce(describeFrame(2, 2));
    expect(epoch.describes().map(({ seq }) => seq)).toEqual([2, 3, 4]);
  });

  it('holds from its first describe frame or pending frame to its last', () => {
    const epoch = new Epoch(ID);
    expect(epoch.held()).toBeNull();
    epoch.add(describeFrame(1, 0));
    epoch.add(readings(2));
    epoch.add(readings(3));
    epoch.settle(1, 2);
    expect(epoch.held()).toEqual([1, 3]);
  });

  it('names the holes before and between its frames that nobody has settled', () => {
    const epoch = new Epoch(ID);
    for (const seq of [3, 4, 8, 9]) epoch.add(readings(seq));
    epoch.settle(6, 6);
    expect(epoch.holes()).toEqual([
      [1, 2],
      [5, 5],
      [7, 7],
    ]);
  });

  it('asks about all that it knows nothing of once there was damage', () => {
    const epoch = new Epoch(ID);
    for (const seq of [4, 5]) epoch.add(readings(seq));
    epoch.settle(1, 1);
    expect(epoch.held()).toEqual([4, 5]);
    epoch.damaged = true;
    expect(epoch.held()).toEqual([2, 5]);
    epoch.settle(4, 5);
    expect(epoch.held()).toBeNull();
  });
});
