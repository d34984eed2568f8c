import { encodeFrame, FrameType } from '@weir/protocol';
import fc from 'fast-check';
import { expect, it } from 'vitest';
import { AnswerReader } from './answer-reader.js';

it('reads every number of an ack as the codec wrote it', () => {
  const sequence = fc.integer({ min: 1, max: 0xffff_ffff });
  const range = fc.tuple(sequence, sequence).map(([a, b]) => [Math.min(a, b), Math.max(a, b)] as const);
  const ranges = fc.array(range, { maxLength: 40 });
  const reader = new AnswerReader();
  fc.assert(
    fc.property(fc.nat(0xffff_ffff), ranges, (credit, all) => {
      const stored = all.map((each) => ({ epoch: 0, range: each }));
      expect(reader.begin(encodeFrame({ type: 'ack', credit, stored }))).toBe(FrameType.ack);
      expect(reader.ranges).toBe(all.length);
      expect(reader.next()).toBe(credit);
      for (const [first, last] of all)
        expect([reader.next(), reader.next(), reader.next()]).toEqual([0, first, last]);
    }),
  );
});
