import { ErrorCode, ProtocolError } from '@weir/protocol';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { decodeCborValue } from './cbor-value.js';

const decode = (hex: string): unknown => decodeCborValue(Buffer.from(hex.replace(/ /g, ''), 'hex'));

describe('CBOR values (examples of RFC 8949, appendix A)', () => {
  it.each([
    ['00', 0],
    ['1864', 100],
    ['1903e8', 1000],
    ['1b000000e8d4a51000', 1_000_000_000_000],
    ['3903e7', -1000],
    ['f90001', 5.960464477539063e-8],
    ['f97bff', 65_504],
    ['fa47c35000', 100_000],
    ['fbc010666666666666', -4.1],
    ['f4', false],
    ['f5', true],
    ['f6', null],
    ['6449455446', 'IETF'],
    ['62c3bc', 'ü'],
    ['83010203', [1, 2, 3]],
    ['9f0102ff', [1, 2]],
    ['7f657374726561646d696e67ff', 'streaming'],
    ['c48221196ab3', 273.15],
    [
      'a201020304',
      new Map([
        [1, 2],
        [3, 4],
      ]),
    ],
    ['bf6346756ef5ff', new Map([['Fun', true]])],
  ])('%s', (hex, value) => {
    expect(decode(hex)).toEqual(value);
  });

  it.each([
    ['an array longer than its bytes', '9b00000000ffffffff00'],
    ['a map longer than its bytes', 'ba0fffffff00'],
    ['a text longer than its bytes', '7affffffff'],
    ['a break alone', 'ff'],
    ['a break in a definite array', '82ff00'],
    ['an array without end', '9f00'],
    ['a tag of dates', 'c11a514b67b0'],
    ['a reserved head', '1c'],
    ['more than one item', '0000'],
    ['nothing', ''],
  ])('refuses %s', (_what, hex) => {
    expect(() => decode(hex)).toThrow(ProtocolError);
  });

  it('refuses what is nested too deep', () => {
    expect(() => decode('81'.repeat(100_000))).toThrow(
      expect.objectContaining({ errorCode: ErrorCode.tooDeep }),
    );
  });

  it('throws nothing but its own error, whatever the bytes', () => {
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: 200 }), (bytes) => {
        try {
          decodeCborValue(bytes);
        } catch (error) {
          expect(error).toBeInstanceOf(ProtocolError);
        }
      }),
      { numRuns: 5_000 },
    );
  });
});
