import { codeName, ErrorCode } from '@weir/protocol';
import { describe, expect, it } from 'vitest';
import { decodeCborValue } from './cbor-value.js';
import { resolvePack, type ResolvedPack } from './pack.js';

const NOW_US = 1_790_000_000e6;
const resolve = (pack: unknown): ResolvedPack => resolvePack(pack, NOW_US);
const codes = ({ refused }: ResolvedPack): string[] =>
  refused.map(({ error }) => codeName(ErrorCode, error.errorCode));

/** RFC 8428, section 5.1.2, the second example. */
const CURRENTS = [
  {
    bn: 'urn:dev:ow:10e2073a0108006:',
    bt: 1.276020076001e9,
    bu: 'A',
    bver: 5,
    n: 'voltage',
    u: 'V',
    v: 120.1,
  },
  { n: 'current', t: -5, v: 1.2 },
  { n: 'current', t: -4, v: 1.3 },
  { n: 'current', t: -3, v: 1.4 },
  { n: 'current', t: -2, v: 1.5 },
  { n: 'current', t: -1, v: 1.6 },
  { n: 'current', v: 1.7 },
];
/** The same in CBOR: RFC 8428, section 6. */
const CURRENTS_CBOR = `
  87a721781b75726e3a6465763a6f773a3130653230373361303130383030363a22fb41d303a15b00106223614120050067766f6c74616765
  01615602fb405e066666666666a3006763757272656e74062402fb3ff3333333333333a3006763757272656e74062302fb3ff4cccccccccc
  cda3006763757272656e74062202fb3ff6666666666666a3006763757272656e74062102f93e00a3006763757272656e74062002fb3ff999
  999999999aa3006763757272656e74060002fb3ffb333333333333`;

describe('resolving a SenML pack', () => {
  it('joins base name and name, and gives a time of now where none is given (section 5.1.1)', () => {
    expect(resolve([{ n: 'urn:dev:ow:10e2073a01080063', u: 'Cel', v: 23.1 }]).records).toEqual([
      {
        index: 0,
        name: 'urn:dev:ow:10e2073a01080063',
        unit: 'Cel',
        timeUs: NOW_US,
        relative: true,
        value: 23.1,
      },
    ]);
  });

  it('applies base name, time and unit to what follows (section 5.1.2)', () => {
    const { records, refused } = resolve(CURRENTS);
    expect(refused).toEqual([]);
    expect(records[0]).toMatchObject({ name: 'urn:dev:ow:10e2073a0108006:voltage', unit: 'V', value: 120.1 });
    expect(records.slice(1).map(({ value }) => value)).toEqual([1.2, 1.3, 1.4, 1.5, 1.6, 1.7]);
    expect(records.map(({ timeUs }) => timeUs)).toEqual(
      [0, -5, -4, -3, -2, -1, 0].map((seconds) => 1_276_020_076_001_000 + seconds * 1e6),
    );
    expect(records.slice(1).every(({ unit, relative }) => unit === 'A' && !relative)).toBe(true);
  });

  it('reads the CBOR form as the JSON form (section 6)', () => {
    const pack = decodeCborValue(Buffer.from(CURRENTS_CBOR.replace(/\s/g, ''), 'hex'));
    const [cbor, json] = [resolve(pack), resolve(CURRENTS)];
    // The example's base time is written as 0x41d303a15b001062, which is 1276020076.001 too.
    expect(cbor.records.map(({ name, unit, value }) => [name, unit, value])).toEqual(
      json.records.map(({ name, unit, value }) => [name, unit, value]),
    );
    cbor.records.forEach(({ timeUs }, i) => expect(timeUs).toBe(json.records[i]?.timeUs));
  });

  it('takes numbers, strings and booleans, and says why not data (section 5.1.5)', () => {
    const pack = resolve([
      { bn: 'urn:dev:ow:10e2073a01080063:', n: 'temp', u: 'Cel', v: 23.1 },
      { n: 'label', vs: 'Machine Room' },
      { n: 'open', vb: false },
      { n: 'nfc-reader', vd: 'aGkgCg' },
    ]);
    expect(pack.records.map(({ value }) => value)).toEqual([23.1, 'Machine Room', false]);
    expect(pack.refused.map(({ index }) => index)).toEqual([3]);
    expect(codes(pack)).toEqual(['wrongType']);
  });

  it('changes base names within a pack (section 5.1.6)', () => {
    const { records } = resolve([
      { bn: '2001:db8::2/', bt: 1.320078429e9, n: 'temperature', u: 'Cel', v: 25.2 },
      { n: 'humidity', u: '%RH', v: 30 },
      { bn: '2001:db8::1/', n: 'temperature', u: 'Cel', v: 12.3 },
    ]);
    expect(records.map(({ name }) => name)).toEqual([
      '2001:db8::2/temperature',
      '2001:db8::2/humidity',
      '2001:db8::1/temperature',
    ]);
  });

  it('adds base values and takes times below 2^28 seconds as relative to now', () => {
    const { records } = resolve([
      { bn: 'd/', bv: 20, bt: -10 },
      { n: 't', v: 1.5, t: 5 },
      { n: 't', v: 1, t: 2 ** 28 + 10 },
    ]);
    expect(records).toMatchObject([
      { value: 21.5, timeUs: NOW_US - 5e6, relative: true },
      { value: 21, timeUs: 2 ** 28 * 1e6, relative: false },
    ]);
  });

  it.each([
    ['a field that must be understood', { n: 'd/t', v: 1, future_: 1 }, 'wrongType'],
    ['a name that is none', { n: '-t', v: 1 }, 'invalidName'],
    ['no name at all', { v: 1 }, 'invalidName'],
    ['two values', { n: 'd/t', v: 1, vb: true }, 'wrongType'],
    ['no value', { n: 'd/t' }, 'wrongType'],
    ['a sum alone', { n: 'd/t', s: 4 }, 'wrongType'],
    ['a value that is a text', { n: 'd/t', v: '1' }, 'wrongType'],
    ['a text over the limit', { n: 'd/t', vs: 'x'.repeat(4097) }, 'stringTooLong'],
    ['a time before 1970', { n: 'd/t', v: 1, bt: -2e9 }, 'outOfRange'],
    ['a time far in the future', { n: 'd/t', v: 1, t: 1.9e9 }, 'outOfRange'],
    ['an overflow', { n: 'd/t', bv: 1e308, v: 1e308 }, 'notFinite'],
    ['something else than a record', 7, 'wrongType'],
  ])('refuses %s and goes on', (_what, record, code) => {
    const pack = resolve([record, { bn: '', bt: 0, bv: 0, n: 'd/good', v: 1 }]);
    expect(codes(pack)).toEqual([code]);
    expect(pack.records.map(({ name }) => name)).toEqual(['d/good']);
  });

  it('refuses a version that it does not know, a pack that is none and one without end', () => {
    expect(() => resolve([{ bver: 11, n: 'd/t', v: 1 }])).toThrow(/version 11/);
    expect(() => resolve({ n: 'd/t', v: 1 })).toThrow(/array/);
    expect(() => resolve(new Array(100_001).fill({}))).toThrow(/100001 records/);
  });
});
