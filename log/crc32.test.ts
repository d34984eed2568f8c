import { crc32 as zlibCrc32 } from 'node:zlib';
import fc from 'fast-check';
import { expect, it } from 'vitest';
import { crc32 } from './crc32.js';

it('is the CRC-32 of zlib for any range and seed', () => {
  const ranges = fc.tuple(fc.uint8Array({ maxLength: 600 }), fc.nat(600), fc.nat(600), fc.nat(0xffffffff));
  fc.assert(
    fc.property(ranges, ([bytes, from, to, seed]) => {
      const start = Math.min(from, bytes.length);
      const end = Math.max(start, Math.min(to, bytes.length));
      // Of nothing, zlib in Node says 0 whatever the seed.
      const expected = start === end ? seed : zlibCrc32(bytes.subarray(start, end), seed);
      expect(crc32(bytes, start, end, seed)).toBe(expected);
    }),
  );
});

it('has the check value of its definition', () => {
  expect(crc32(Buffer.from('123456789'), 0, 9, 0)).toBe(0xcbf43926);
});
