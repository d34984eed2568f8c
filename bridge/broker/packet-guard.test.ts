import { describe, expect, it } from 'vitest';
import fc from 'fast-check';
import { PacketGuard } from './packet-guard.js';

function packet(length: number): Buffer {
  const header = [0x30];
  let rest = length;
  do {
    header.push((rest % 128) | (rest >= 128 ? 128 : 0));
    rest = Math.floor(rest / 128);
  } while (rest > 0);
  return Buffer.concat([Buffer.from(header), Buffer.alloc(length, 0xff)]);
}

describe('the packet guard', () => {
  it('accepts packets within the limit, however the bytes are cut', () => {
    fc.assert(
      fc.property(
        fc.array(fc.nat(2_000), { maxLength: 5 }),
        fc.integer({ min: 1, max: 700 }),
        (lengths, cut) => {
          const guard = new PacketGuard(2_000);
          const bytes = Buffer.concat(lengths.map(packet));
          for (let at = 0; at < bytes.length; at += cut)
            expect(guard.accepts(bytes.subarray(at, at + cut))).toBe(true);
        },
      ),
    );
  });

  it('finds the first packet over the limit at its header, whatever came before', () => {
    fc.assert(
      fc.property(
        fc.array(fc.nat(300), { maxLength: 5 }),
        fc.integer({ min: 301, max: 268_435_455 }),
        (lengths, large) => {
          const guard = new PacketGuard(300);
          expect(guard.accepts(Buffer.concat(lengths.map(packet)))).toBe(true);
          const header = packet(0).subarray(0, 1);
          const length = [];
          for (let rest = large; ; rest = Math.floor(rest / 128)) {
            length.push((rest % 128) | (rest >= 128 ? 128 : 0));
            if (rest < 128) break;
          }
          expect(guard.accepts(Buffer.concat([header, Buffer.from(length)]))).toBe(false);
        },
      ),
    );
  });

  it('finds a length of more than four bytes', () => {
    expect(new PacketGuard(1e9).accepts(Buffer.from([0x30, 0x80, 0x80, 0x80, 0x80, 0x01]))).toBe(false);
  });
});
