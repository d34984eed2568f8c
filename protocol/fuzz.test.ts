import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { decodeFrame, encodeFrame, inspectFrame, splitSequence } from './codec.js';
import type { Frame } from './frames.js';
import { anyFrame, readingsFrame } from './frames.testing.js';
import { peekFrame } from './header.js';
import { LIMITS } from './limits.js';
import { ProtocolError } from './protocol-error.js';
import { vectors } from './vectors.js';

/** What a receiver makes of bytes: a frame, or null for a refusal. Anything else thrown fails the test. */
function receive(bytes: Uint8Array): Frame | null {
  peekFrame(bytes);
  const refusals = [decodeFrame, inspectFrame, splitSequence].map((read) => refusal(() => read(bytes)));
  expect(refusals[1]).toStrictEqual(refusals[0]);
  return refusals[0] === null ? decodeFrame(bytes) : null;
}

function refusal(read: () => unknown): object | null {
  try {
    read();
    return null;
  } catch (error) {
    if (!(error instanceof ProtocolError)) throw error;
    const { code, message, limit, value, epoch, seq } = error;
    // What is refused must be able to say so: every refusal fits a reject frame.
    encodeFrame({ type: 'reject', epoch, seq, code: error.errorCode, limit, value, message });
    return { code, message, limit, value, epoch, seq };
  }
}

/** What was accepted is a frame like any other: it can be sent on, and means the same then. */
function receiveAndResend(bytes: Uint8Array): void {
  const frame = receive(bytes);
  if (frame === null) return;
  expect(decodeFrame(encodeFrame(frame))).toStrictEqual(frame);
}

const VALID = vectors().flatMap(({ bytes, frame }) => (frame === null ? [] : [bytes]));

describe('a receiver', () => {
  it('survives random bytes', () => {
    fc.assert(fc.property(fc.uint8Array({ maxLength: 64 }), receiveAndResend), { numRuns: 5000 });
  });

  it('survives random items behind the head of a frame', () => {
    const heads = fc.constantFrom(...[1, 2, 3, 4, 5, 6, 10, 11, 12, 13, 14, 15, 16]);
    const body = fc.array(
      fc.oneof(
        fc.constantFrom(0, 1, 0x20, 0x60, 0x80, 0x81, 0x82, 0xf4, 0xf6, 0xf9),
        fc.integer({ min: 0, max: 255 }),
      ),
      { maxLength: 40 },
    );
    fc.assert(
      fc.property(fc.integer({ min: 1, max: 12 }), heads, body, (length, type, rest) => {
        receiveAndResend(Uint8Array.from([0x80 + length, type, ...rest]));
      }),
      { numRuns: 5000 },
    );
  });

  it('survives frames with bytes changed, put in and taken out', () => {
    const edit = fc.record({ at: fc.nat(), remove: fc.nat(3), insert: fc.uint8Array({ maxLength: 3 }) });
    fc.assert(
      fc.property(anyFrame, fc.array(edit, { minLength: 1, maxLength: 3 }), (frame, edits) => {
        let bytes = encodeFrame(frame);
        for (const { at, remove, insert } of edits) {
          const from = at % (bytes.length + 1);
          bytes = new Uint8Array([...bytes.subarray(0, from), ...insert, ...bytes.subarray(from + remove)]);
        }
        receiveAndResend(bytes);
      }),
      { numRuns: 3000 },
    );
  });

  it('refuses every vector cut at any byte', () => {
    for (const bytes of VALID) {
      for (let end = 0; end < bytes.length; end++) expect(receive(bytes.subarray(0, end))).toBeNull();
    }
  });

  it('survives every vector with any one bit flipped', () => {
    for (const bytes of VALID) {
      for (let bit = 0; bit < 8 * bytes.length; bit++) {
        const flipped = bytes.slice();
        flipped[bit >> 3]! ^= 1 << (bit & 7);
        receiveAndResend(flipped);
      }
    }
  });

  it.each([
    ['an array', 0x9b],
    ['a text', 0x7b],
    ['bytes', 0x5b],
    ['a map', 0xbb],
  ])('refuses %s that claims any length it has not', (_, head) => {
    const claim = fc.bigInt({ min: 24n, max: 2n ** 64n - 1n });
    fc.assert(
      fc.property(claim, fc.constantFrom([], [0x87, 3, 0, 7, 0, 0], [0x83, 6, 0]), (length, before) => {
        const bytes = new Uint8Array(before.length + 12);
        bytes.set([...before, head]);
        new DataView(bytes.buffer).setBigUint64(before.length + 1, length);
        expect(receive(bytes)).toBeNull();
      }),
    );
  });

  it('refuses deep nesting of any size without recursing', () => {
    for (const depth of [9, 1000, LIMITS.frameBytes - 1]) {
      const bytes = new Uint8Array(depth + 1).fill(0x81);
      bytes[depth] = 0x80;
      expect(() => decodeFrame(bytes)).toThrow('arrays nested deeper than 8');
    }
  });

  it('refuses a name of any length in a refusal that fits a frame', () => {
    const hello = (device: string) => {
      const name = Buffer.from(device);
      const head = [0x86, 1, 1, 0x79, name.length >> 8, name.length & 255];
      return Uint8Array.from([...head, ...name, 0x60, 0, 0x80]);
    };
    expect(receive(hello('ä'.repeat(2048)))).toBeNull();
    expect(receive(hello('𝛑'.repeat(1024)))).toBeNull();
  });

  it('makes room for no more readings than the limit, however they are claimed', () => {
    // Columns that repeat the times of one before cost three bytes each, whatever they would grow to.
    const bomb = [
      0x99,
      0x0c,
      0x04,
      3,
      0,
      7,
      0,
      0,
      0x99,
      0x27,
      0x10,
      ...new Array<number>(10_000).fill(0),
      0xf6,
    ];
    const columns = Array.from({ length: 1023 }, (_, channel) => [
      0x19,
      channel >> 8,
      channel & 255,
      0xf6,
      0,
    ]).flat();
    expect(() => decodeFrame(Uint8Array.from([...bomb, ...columns]))).toThrow(ProtocolError);
  });

  it('reads the largest frames there are', () => {
    fc.assert(
      fc.property(readingsFrame, fc.integer({ min: 9_000, max: 10_000 }), (frame, readings) => {
        const column = frame.columns[0]!;
        const times = Float64Array.from({ length: readings }, (_, i) => i);
        const values = Float64Array.from(
          { length: readings },
          (_, i) => Number(column.times[0]) + i * Math.PI,
        );
        const large: Frame = { ...frame, columns: [{ channel: 1, times, values }] };
        expect(decodeFrame(encodeFrame(large))).toStrictEqual(large);
      }),
      { numRuns: 5 },
    );
  });
});
