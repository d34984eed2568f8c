/** Values that programs stumble over. */
import fc from 'fast-check';

export const nastyNumber = fc.oneof(
  fc.constantFrom(
    ...[0, -0, 1, -1, 0.1, 1e-320, 255, 65_536, 2 ** 28, 2 ** 31, 2 ** 32, 2 ** 48, 2 ** 53 - 1, 2 ** 53],
    ...[-(2 ** 53), 2 ** 63, 2 ** 64, 1e15, 1e18, 9.3e18, 1e19, 1e100, 1e308, -1e308],
    ...[Number.MAX_VALUE, Number.MIN_VALUE, -1e15, -62_135_596_800, 253_402_300_800, 1.7e9, -1e-7],
  ),
  fc.double(),
  fc.integer(),
);

export const nastyText = fc.oneof(
  fc.constantFrom(
    ...[
      '',
      ' ',
      '/',
      '//',
      '.',
      '..',
      '../../etc/passwd',
      'a/b',
      'pi-1/t',
      'pi-1/',
      '/t',
      '\0',
      'a\0b',
      '\ud800',
    ],
    ...[
      '\udfff',
      '\u202e',
      'ß',
      '💥',
      '%',
      '%00',
      '%s',
      '*',
      '#',
      '+',
      '$SYS',
      "'",
      '"',
      "'; DROP TABLE readings; --",
    ],
    ...[
      '__proto__',
      'constructor',
      'toString',
      'null',
      'NaN',
      'Infinity',
      '-1',
      '1e999',
      '-0',
      '0x10',
      'now',
    ],
    ...[
      '-1h',
      '-99999999d',
      '2026-02-30T00:00:00Z',
      '9999-12-31T23:59:59.999999999Z',
      '0000-01-01T00:00:00Z',
    ],
    ...['urn:dev:ow:10e2073a01080063:t', 'urn:dev:', 'a'.repeat(129), 'é'.repeat(64), 'x/'.repeat(40)],
  ),
  fc.string({ unit: 'binary', maxLength: 40 }),
);

export const nastyScalar: fc.Arbitrary<unknown> = fc.oneof(
  nastyNumber,
  nastyText,
  fc.boolean(),
  fc.constant(null),
);

export const nasty: fc.Arbitrary<unknown> = fc.oneof(
  { weight: 6, arbitrary: nastyScalar },
  { weight: 1, arbitrary: fc.array(nastyScalar, { maxLength: 4 }) },
  { weight: 1, arbitrary: fc.dictionary(nastyText, nastyScalar, { maxKeys: 4 }) },
  { weight: 1, arbitrary: fc.uint8Array({ maxLength: 12 }) },
);

/** Bytes changed, put in, taken out, or cut off; up to three times. */
export function mutated(bytes: fc.Arbitrary<Uint8Array>): fc.Arbitrary<Uint8Array> {
  const change = fc.record({
    what: fc.constantFrom('change', 'insert', 'remove', 'cut', 'repeat'),
    at: fc.double({ min: 0, max: 1, maxExcluded: true, noNaN: true }),
    with: fc.uint8Array({ minLength: 1, maxLength: 9 }),
  });
  return fc.tuple(bytes, fc.array(change, { minLength: 1, maxLength: 3 })).map(([original, changes]) =>
    changes.reduce((result, { what, at, with: piece }) => {
      const place = Math.floor(at * result.length);
      const [head, tail] = [result.subarray(0, place), result.subarray(place)];
      if (what === 'cut') return head;
      if (what === 'insert') return Buffer.concat([head, piece, tail]);
      if (what === 'remove') return Buffer.concat([head, tail.subarray(piece.length)]);
      if (what === 'repeat') return Buffer.concat([result, tail]);
      return Buffer.concat([head, piece, tail.subarray(piece.length)]);
    }, original),
  );
}
