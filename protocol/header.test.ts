import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { decodeFrame, encodeFrame } from './codec.js';
import { FrameType } from './codes.js';
import { anyFrame } from './frames.testing.js';
import { peekFrame, withEpoch } from './header.js';

const sequenced = anyFrame.filter((frame) => 'seq' in frame && frame.type !== 'reject');
const epochs = fc.oneof(fc.integer({ min: 0, max: 65_535 }), fc.integer({ min: 2 ** 32, max: 2 ** 53 - 1 }));

describe('peekFrame', () => {
  it('sees what decodeFrame sees', () => {
    fc.assert(
      fc.property(anyFrame, (frame) => {
        const type = FrameType[frame.type];
        const own = frame.type === 'describe' || frame.type === 'readings' || frame.type === 'gap';
        const expected = own
          ? { type, epoch: frame.epoch, seq: frame.seq }
          : { type, epoch: null, seq: null };
        expect(peekFrame(encodeFrame(frame))).toEqual(expected);
      }),
    );
  });

  it('reads the head of a frame whose rest is damaged', () => {
    expect(peekFrame(Buffer.from('87030007ff', 'hex'))).toEqual({ type: 3, epoch: 0, seq: 7 });
  });

  it.each(['', '87', '8703', '870300', '05', '8161', '87031a00010000 07', '87030000', '9f03', '8703c007'])(
    'sees nothing in %s',
    (hex) => {
      expect(peekFrame(Buffer.from(hex.replaceAll(' ', ''), 'hex'))).toBeNull();
    },
  );
});

describe('withEpoch', () => {
  it('changes the epoch and nothing else', () => {
    fc.assert(
      fc.property(sequenced, epochs, (frame, epoch) => {
        const bytes = encodeFrame(frame);
        const before = bytes.slice();
        expect(decodeFrame(withEpoch(bytes, epoch))).toStrictEqual({ ...frame, epoch });
        expect(bytes).toEqual(before);
      }),
    );
  });

  it('keeps the rest byte for byte, even where it is no canonical form', () => {
    const bytes = Buffer.from('87031900051a00000007000000f90000', 'hex');
    expect(Buffer.from(withEpoch(bytes, 2 ** 32)).toString('hex')).toBe(
      '87031b00000001000000001a00000007000000f90000',
    );
  });

  it('refuses frames without an epoch, and epochs that are none', () => {
    const probe = encodeFrame({ type: 'probe', sentUs: 1, anchor: null });
    const gap = encodeFrame({ type: 'gap', epoch: 0, seq: 2, lostEpoch: 0, lost: [1, 1], reason: 1 });
    expect(() => withEpoch(probe, 1)).toThrow('expected a sequenced frame');
    expect(() => withEpoch(gap, 65_536)).toThrow('epoch: 65536 is over the limit 65535');
  });
});
