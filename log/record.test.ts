import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { MAX_RECORD_BYTES, RECORD_HEADER_BYTES, claimedLength, isIntact, sealRecord } from './record.js';

function sealed(data: Uint8Array, offset: number): Uint8Array {
  const bytes = new Uint8Array(RECORD_HEADER_BYTES + data.length);
  bytes.set(data, RECORD_HEADER_BYTES);
  sealRecord(bytes, 0, data.length, offset);
  return bytes;
}

function isValid(bytes: Uint8Array, offset: number): boolean {
  const length = claimedLength(bytes, 0, offset);
  return length >= 0 && RECORD_HEADER_BYTES + length <= bytes.length && isIntact(bytes, 0, length, offset);
}

const offsets = fc.oneof(fc.nat(2 ** 31 - 1), fc.maxSafeNat());

describe('a record', () => {
  it('is valid where it was written', () => {
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: 500 }), offsets, (data, offset) => {
        const bytes = sealed(data, offset);
        expect(claimedLength(bytes, 0, offset)).toBe(data.length);
        expect(isIntact(bytes, 0, data.length, offset)).toBe(true);
      }),
    );
  });

  it('is not valid with any one bit changed', () => {
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: 300 }), offsets, fc.nat(), (data, offset, where) => {
        const bytes = sealed(data, offset);
        const bit = where % (bytes.length * 8);
        bytes[bit >> 3]! ^= 1 << (bit & 7);
        expect(isValid(bytes, offset)).toBe(false);
      }),
    );
  });

  it('is not valid at any other offset', () => {
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: 100 }), offsets, offsets, (data, offset, other) => {
        fc.pre(offset !== other);
        expect(isValid(sealed(data, offset), other)).toBe(false);
      }),
    );
  });

  it('can have the most bytes that its header can say', () => {
    expect(isValid(sealed(new Uint8Array(MAX_RECORD_BYTES), 5), 5)).toBe(true);
  });
});

it('does not take zeroes for records', () => {
  const zeroes = new Uint8Array(RECORD_HEADER_BYTES);
  const taken: number[] = [];
  for (let offset = 0; offset < 500_000; offset++) if (isValid(zeroes, offset)) taken.push(offset);
  expect(taken).toEqual([]);
});
