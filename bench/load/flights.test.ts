import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { Flights } from './flights.js';

describe('Flights', () => {
  it('tells each answer when it was sent, in whatever order and pieces the answers come', () => {
    const writes = fc.array(fc.integer({ min: 1, max: 70 }), { minLength: 1, maxLength: 100 });
    fc.assert(
      fc.property(writes, fc.infiniteStream(fc.nat(8)), (counts, pieces) => {
        const flights = new Flights();
        const sentAt: number[] = [0];
        for (const [at, count] of counts.entries()) {
          flights.sent(sentAt.length, count, at);
          for (let left = count; left > 0; left--) sentAt.push(at);
        }
        let seen = 0;
        for (let first = 1; first < sentAt.length;) {
          const last = Math.min(sentAt.length - 1, first + Number(pieces.next().value));
          const expected = sentAt.slice(first, last + 1);
          const told: number[] = [];
          expect(
            flights.answered(first, last, (count, at) => told.push(...Array<number>(count).fill(at))),
          ).toBe(true);
          expect(told).toEqual(expected);
          seen += told.length;
          first = last + 1;
        }
        expect(seen).toBe(sentAt.length - 1);
        expect(flights.unanswered).toBe(0);
      }),
    );
  });

  it('knows when more is answered than was sent', () => {
    const flights = new Flights();
    flights.sent(1, 10, 0);
    expect(flights.answered(4, 5, () => undefined)).toBe(true);
    expect(flights.unanswered).toBe(8);
    expect(flights.answered(1, 9, () => undefined)).toBe(false);
    expect(flights.answered(10, 11, () => undefined)).toBe(false);
  });
});
