import { encode } from 'cbor-x';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { channelsSchema } from '../channel-config.js';
import { ChannelMap } from '../channel-map.js';
import { RecordedOutput } from '../recorded-output.testing.js';
import { formatSchema } from './config.js';
import { createDecoder } from './create-decoder.js';

/** What comes out of `chunks` in a format, with channel settings. */
function decode(
  format: unknown,
  chunks: readonly (string | Uint8Array)[],
  channels: unknown = {},
): RecordedOutput {
  const out = new RecordedOutput();
  const decoder = createDecoder(
    formatSchema.parse(format),
    new ChannelMap(channelsSchema.parse(channels), false, out),
  );
  for (const chunk of chunks) decoder.push(typeof chunk === 'string' ? Buffer.from(chunk) : chunk, 7);
  decoder.end();
  return out;
}

function slip(bytes: Uint8Array): Buffer {
  const escaped = [...bytes].flatMap((byte) =>
    byte === 0xc0 ? [0xdb, 0xdc] : byte === 0xdb ? [0xdb, 0xdd] : [byte],
  );
  return Buffer.from([0xc0, ...escaped, 0xc0]);
}

describe('json', () => {
  it('makes channels of keys, nested ones joined by /', () => {
    const out = decode({ type: 'json' }, [
      '{"t":21.57,"on":true,"name":"x","in":{"t":1,"deep":{"h":2}},"v":[5,6]}\n',
    ]);
    expect(out.values).toEqual([
      ['t', 21.57],
      ['on', true],
      ['name', 'x'],
      ['in/t', 1],
      ['in/deep/h', 2],
      ['v/0', 5],
      ['v/1', 6],
    ]);
    expect(out.readings[0]?.monotonicUs).toBe(7);
    expect(out.discards).toEqual([]);
  });

  it.each([
    ['boot: ready', 'not a JSON object'],
    ['{"t":21.5', 'not a JSON object'],
    ['[1,2]', 'not a JSON object'],
    ['42', 'not a JSON object'],
    ['57}', 'not a JSON object'],
  ])('discards %s', (line, reason) => {
    const out = decode({ type: 'json' }, [`${line}\n{"t":1}\n`]);
    expect(out.discards).toEqual([{ text: line, bytes: line.length, reason }]);
    expect(out.values).toEqual([['t', 1]]);
  });

  it('discards lines that are not UTF-8, whose texts would come out altered', () => {
    const out = decode({ type: 'json' }, [
      Buffer.from([...Buffer.from('{"a":"'), 0xff, ...Buffer.from('"}\n')]),
    ]);
    expect(out.discards).toMatchObject([{ reason: 'not UTF-8' }]);
    expect(out.readings).toEqual([]);
  });

  it('refuses null, and bounds depth and the number of values', () => {
    const nested = '{"a":'.repeat(20) + '1' + '}'.repeat(20);
    const many = `{${Array.from({ length: 300 }, (_, i) => `"k${i}":${i}`).join(',')}}`;
    const out = decode({ type: 'json' }, [`{"t":null}\n${nested}\n${many}\n`]);
    expect(out.refusals.map(({ why, message }) => [why, message])).toEqual([
      ['no_value', 'null'],
      ['unsupported_value', 'nested deeper than 8'],
      ['unsupported_value', 'more than 256 values in a frame'],
    ]);
    expect(out.readings).toHaveLength(256);
  });
});

describe('csv', () => {
  const columns = { type: 'csv', columns: ['t', 'h'], first_line: 'keep' };

  it('names the columns', () => {
    expect(decode(columns, ['21.57,45\r\n', ' 21.6 , 46 \n']).values).toEqual([
      ['t', 21.57],
      ['h', 45],
      ['t', 21.6],
      ['h', 46],
    ]);
  });

  it('skips the first line after opening, which may lack its front', () => {
    const out = decode({ type: 'csv', columns: ['t', 'h'] }, ['1.57,45\n22,46\n']);
    expect(out.values).toEqual([
      ['t', 22],
      ['h', 46],
    ]);
    expect(out.discards).toMatchObject([{ text: '1.57,45', reason: 'joined in the middle of a frame' }]);
  });

  it.each([
    ['21.5', 'not 2 values'],
    ['1,2,3', 'not 2 values'],
    ['21.5,4x5', '"h" is not of its type'],
    ['21.5,0x1F', '"h" is not of its type'],
  ])('discards %s as a whole', (line, reason) => {
    const out = decode(columns, [`${line}\n`]);
    expect(out.discards).toEqual([{ text: line, bytes: line.length, reason }]);
    expect(out.readings).toEqual([]);
  });

  it('refuses an empty field alone, and passes nan on to be refused and counted', () => {
    const out = decode(columns, [',45\nnan,46\n']);
    expect(out.refusals).toMatchObject([{ channel: 't', why: 'no_value' }]);
    expect(out.values).toEqual([
      ['h', 45],
      ['t', NaN],
      ['h', 46],
    ]);
  });

  it('takes other delimiters, blanks in runs, columns to leave out and types', () => {
    const format = { ...columns, columns: ['t', '', 'state', 'on'], delimiter: ' ' };
    const out = decode(format, ['  21.5   99\tidle  1\n'], {
      state: { type: 'text' },
      on: { type: 'boolean' },
    });
    expect(out.values).toEqual([
      ['t', 21.5],
      ['state', 'idle'],
      ['on', true],
    ]);
    expect(decode({ ...columns, delimiter: ';' }, ['1;2\n']).values).toHaveLength(2);
  });

  it('takes names from a header whenever one comes', () => {
    const format = { type: 'csv', header: true, first_line: 'keep' };
    const out = decode(format, ['1,2\nt,h\n3,4\nh,t\n5,6\n']);
    expect(out.discards).toMatchObject([{ text: '1,2', reason: 'no header has come yet' }]);
    expect(out.values).toEqual([
      ['t', 3],
      ['h', 4],
      ['h', 5],
      ['t', 6],
    ]);
  });
});

describe('pattern', () => {
  const format = { type: 'pattern', pattern: 'T=(?<t>-?[0-9.]+)C(?: H=(?<h>[0-9.]+)%)?', first_line: 'keep' };

  it('searches lines for named groups', () => {
    const out = decode(format, ['#1 T=-3.5C H=45% ok\n', 'T=4C\n', 'nothing\n']);
    expect(out.values).toEqual([
      ['t', -3.5],
      ['h', 45],
      ['t', 4],
    ]);
    expect(out.refusals).toMatchObject([{ channel: 'h', why: 'no_value' }]);
    expect(out.discards).toMatchObject([{ text: 'nothing', reason: 'does not match the pattern' }]);
  });

  it('does not run away on lines made to make it', () => {
    const hostile = { ...format, pattern: '^(?<x>(?:a+)+)+$' };
    const line = `${'a'.repeat(1000)}!`;
    const out = decode(hostile, Array<string>(50).fill(`${line}\n`));
    expect(out.discards).toHaveLength(50);
  });
});

describe('cbor-slip', () => {
  const format = { type: 'cbor-slip', max_frame_bytes: 64 };
  const cbor = (value: unknown): Uint8Array => encode(value);

  it('makes channels of a map, whatever its bytes need escaping', () => {
    const value = { t: 21.57, on: false, id: 0xc0, esc: 0xdb, both: 0xdbc0, s: 'é', in: { h: 2 } };
    expect(decode(format, [slip(cbor(value))]).values).toEqual([
      ['t', 21.57],
      ['on', false],
      ['id', 0xc0],
      ['esc', 0xdb],
      ['both', 0xdbc0],
      ['s', 'é'],
      ['in/h', 2],
    ]);
  });

  it('takes what microcontroller libraries write: indefinite maps, half and single floats', () => {
    const half = Buffer.from('bf6174f94d406168fa41ac0000ff', 'hex');
    expect(decode(format, [slip(half)]).values).toEqual([
      ['t', 21],
      ['h', 21.5],
    ]);
  });

  it('skips what it joined in the middle of, though it may hold a map', () => {
    const packet = slip(cbor({ in: { h: 2 } }));
    const out = decode(format, [packet.subarray(packet.length - 5), packet]);
    expect(out.values).toEqual([['in/h', 2]]);
    expect(out.discards).toMatchObject([{ reason: 'joined in the middle of a frame' }]);
  });

  it.each([
    ['a1617419', 'CBOR ends too early'],
    ['a1617401ff', 'bytes after the CBOR item'],
    ['830102', 'not a CBOR map'],
    ['a161749bffffffffffffffff', 'CBOR ends too early'],
    ['a16174c101', 'a CBOR tag'],
    ['a16174e0', 'a CBOR simple value'],
    ['a16174f818', 'a CBOR simple value'],
    ['a1617462c328', 'CBOR text that is not UTF-8'],
    ['a161747f6161ff', 'a CBOR head of no kind'],
    ['bf6174', 'CBOR ends too early'],
    ['bf6174ff', 'a CBOR simple value'],
    [`${'a16174'.repeat(9)}01`, 'CBOR nested deeper than 8'],
    ['a16174db', 'a wrong SLIP escape'],
    ['a16174db01', 'a wrong SLIP escape'],
  ])('discards %s', (hex, reason) => {
    const raw = Buffer.from(hex, 'hex');
    const out = decode(format, [Buffer.from([0xc0, ...raw, 0xc0]), slip(cbor({ ok: 1 }))]);
    expect(out.discards).toEqual([{ text: raw.toString('latin1'), bytes: raw.length, reason }]);
    expect(out.values).toEqual([['ok', 1]]);
  });

  it('refuses what is no reading: null, bytes, integers beyond 2^53', () => {
    const out = decode(format, [
      slip(Buffer.from('a36161f6616241016163 1bffffffffffffffff'.replace(' ', ''), 'hex')),
    ]);
    expect(out.refusals.map(({ channel, why }) => [channel, why])).toEqual([
      ['a', 'no_value'],
      ['b', 'unsupported_value'],
      ['c', 'unsupported_value'],
    ]);
  });

  it('discards a packet over the limit, escaped or not', () => {
    const out = decode(format, [
      slip(cbor({ text: 'x'.repeat(100) })),
      slip(cbor({ ok: 1 })),
      slip(new Uint8Array(300)),
    ]);
    expect(out.values).toEqual([['ok', 1]]);
    expect(out.discards.map(({ reason }) => reason)).toEqual([
      'longer than 64 bytes',
      'longer than 128 bytes',
    ]);
  });
});

const FORMATS = [
  { type: 'json', max_line_bytes: 64 },
  { type: 'csv', columns: ['a', 'b'], first_line: 'keep', max_line_bytes: 64 },
  { type: 'csv', header: true, max_line_bytes: 64 },
  { type: 'pattern', pattern: '(?<a>\\d+)(?<b>[^,]*)', first_line: 'keep', max_line_bytes: 64 },
  { type: 'cbor-slip', max_frame_bytes: 64 },
];

/** Frames that are right, wrong and cut, with noise between them. */
const STREAM = fc
  .array(
    fc.oneof(
      fc.uint8Array({ maxLength: 100 }),
      fc
        .constantFrom('{"a":1,"b":{"c":true}}\n', '1,2\n', 'a,b\n', '{"a":', '\n', '{"__proto__":{"x":1}}\n')
        .map((text) => Buffer.from(text)),
      fc
        .dictionary(fc.string({ maxLength: 4 }), fc.oneof(fc.double(), fc.boolean()))
        .map((map) => slip(encode(map))),
    ),
    { maxLength: 12 },
  )
  .map((parts) => Buffer.concat(parts));

describe.each(FORMATS)('any bytes as $type', (format) => {
  it('throw nothing, and give the same however they are cut', () => {
    fc.assert(
      fc.property(STREAM, fc.array(fc.nat(2000), { maxLength: 30 }), (stream, cuts) => {
        const places = [
          0,
          ...cuts.map((at) => at % (stream.length + 1)).sort((a, b) => a - b),
          stream.length,
        ];
        const chunks = places.slice(1).map((end, index) => stream.subarray(places[index], end));
        const [whole, cut] = [decode(format, [stream]), decode(format, chunks)];
        expect(cut.values).toEqual(whole.values);
        expect(cut.refusals).toEqual(whole.refusals);
        expect(cut.discards.map(({ text }) => text).join('')).toBe(
          whole.discards.map(({ text }) => text).join(''),
        );
      }),
      { numRuns: 300 },
    );
  });

  it('are each in a decoded frame, a delimiter or discarded', () => {
    const delimiters = format.type === 'cbor-slip' ? [0xc0] : [0x0a, 0x0d];
    fc.assert(
      fc.property(STREAM, (stream) => {
        const out = decode(format, [stream]);
        const between = [...stream].filter((byte) => delimiters.includes(byte)).length;
        const used = stream.length - between - out.discardedBytes;
        expect(used).toBeGreaterThanOrEqual(0);
        const understood = out.readings.length + out.refusals.length > 0;
        // Frames without a value: an empty object or map, and a line of column names.
        if (used > 0 && !understood) expect(['json', 'cbor-slip', 'csv']).toContain(format.type);
        if (understood) expect(used).toBeGreaterThan(0);
      }),
      { numRuns: 300 },
    );
  });
});
