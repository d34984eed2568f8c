import type { Reject } from '@weir/protocol';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { DeviceEntry } from './device.js';
import { EpochEntry, type AckTarget } from './epoch.js';
import { InFlight } from './in-flight.js';

describe('frames in flight', () => {
  it('come out in order, up to the durable offset, however many went in', () => {
    fc.assert(
      fc.property(
        fc.array(fc.tuple(fc.integer({ min: 1, max: 40 }), fc.integer({ min: 0, max: 40 })), {
          maxLength: 50,
        }),
        (rounds) => {
          const ring = new InFlight();
          const model: number[] = [];
          let next = 1;
          for (const [added, taken] of rounds) {
            for (let i = 0; i < added; i++) {
              ring.push(next, next + 3, next * 10, next * 100);
              model.push(next++);
            }
            const durable = ((model[0] ?? 0) + taken - 1) * 10;
            const out: number[] = [];
            ring.drain(durable, (first, last, receivedUs) => {
              expect([last, receivedUs]).toEqual([first + 3, first * 100]);
              out.push(first);
            });
            expect(out).toEqual(model.splice(0, Math.min(taken, model.length)));
            expect(ring.length).toBe(model.length);
          }
        },
      ),
    );
  });
});

describe('an epoch', () => {
  class Noted implements AckTarget {
    readonly ranges: [number, number][] = [];
    readonly rejects: Reject[] = [];
    stored(_epoch: EpochEntry, first: number, last: number): void {
      this.ranges.push([first, last]);
    }
    refused(reject: Reject): void {
      this.rejects.push(reject);
    }
    flush(): void {
      // Nothing is gathered here.
    }
  }
  const reject: Reject = { type: 'reject', epoch: 0, seq: 3, code: 9, limit: null, value: 1, message: '' };

  it('tells what became durable as few ranges, and refusals apart', () => {
    const entry = new EpochEntry(2 ** 40);
    const target = new Noted();
    entry.target = target;
    for (const [first, last] of [
      [1, 2],
      [3, 3],
      [4, 7],
      [8, 8],
      [19, 20],
      [18, 18],
    ] as const)
      entry.appended(first, last, last * 10, 0);
    entry.refused(3, reject);
    entry.settle(200, () => undefined);
    expect(target.ranges).toEqual([
      [1, 2],
      [4, 8],
      [19, 20],
      [18, 18],
    ]);
    expect(target.rejects).toEqual([reject]);
    expect(entry.settled.ranges()).toEqual([
      [1, 8],
      [18, 20],
    ]);
  });

  it('is remembered while the device holds it, and a while longer', () => {
    const device = new DeviceEntry(1, 'pi-1');
    for (let i = 0; i < 200; i++) device.epoch(i);
    const former = device.formerEpochs(new Set([0, 1, 199]));
    expect([former[0], former.at(-1)]).toEqual([2, 134]);
    expect(former).toHaveLength(200 - 3 - 64);
  });
});
