import { describe, expect, it } from 'vitest';
import { channelsSchema } from './channel-config.js';
import { ChannelMap } from './channel-map.js';
import { parseNumber } from './number-text.js';
import { RecordedOutput } from './recorded-output.testing.js';

function mapOf(channels: unknown, onlyListed = false): { map: ChannelMap; out: RecordedOutput } {
  const out = new RecordedOutput();
  return { map: new ChannelMap(channelsSchema.parse(channels), onlyListed, out), out };
}

describe('a channel map', () => {
  it('passes what is not listed untouched', () => {
    const { map, out } = mapOf({});
    map.value('x', 0.1 + 0.2, 5);
    expect(out.readings).toEqual([{ channel: 'x', value: 0.1 + 0.2, monotonicUs: 5, meta: undefined }]);
  });

  it('renames, also what no channel could be called', () => {
    const { map, out } = mapOf({ 'temp °C': { name: 'outside/temperature' } });
    map.value('temp °C', 3, 1);
    map.refused('temp °C', 'no_value', 'null');
    expect(out.values).toEqual([['outside/temperature', 3]]);
    expect(out.refusals).toEqual([{ channel: 'outside/temperature', why: 'no_value', message: 'null' }]);
  });

  it('scales to the decimal that is meant', () => {
    const { map, out } = mapOf({ t: { scale: 0.01 }, f: { scale: 1.8, offset: 32 }, o: { offset: -0.3 } });
    map.value('t', 2157, 1);
    map.value('f', 21.5, 1);
    map.value('o', 0.1, 1);
    expect(out.values).toEqual([
      ['t', 21.57],
      ['f', 70.7],
      ['o', -0.2],
    ]);
  });

  it.each([
    ['number', '21.5', 21.5],
    ['number', true, 1],
    ['number', 'warm', null],
    ['boolean', 1, true],
    ['boolean', 'off', false],
    ['boolean', 'ON', true],
    ['boolean', 2, null],
    ['text', 21.5, '21.5'],
    ['text', false, 'false'],
  ] as const)('converts to %s: %j is %j', (type, value, expected) => {
    const { map, out } = mapOf({ x: { type } });
    map.value('x', value, 1);
    expect(out.values).toEqual(expected === null ? [] : [['x', expected]]);
    expect(out.refusals).toHaveLength(expected === null ? 1 : 0);
  });

  it('with only_listed refuses the rest', () => {
    const { map, out } = mapOf({ a: {} }, true);
    map.value('a', 1, 1);
    map.value('b', 1, 1);
    expect(out.values).toEqual([['a', 1]]);
    expect(out.refusals).toMatchObject([{ channel: 'b', why: 'unconfigured' }]);
  });
});

describe('a number in text', () => {
  it.each([
    ['21.57', 21.57],
    ['-0.5', -0.5],
    ['+3', 3],
    ['.5', 0.5],
    ['5.', 5],
    ['1e3', 1000],
    ['2.5E-3', 0.0025],
    ['nan', NaN],
    ['-inf', NaN],
    ['', null],
    ['0x10', null],
    ['1,5', null],
    ['1 2', null],
    ['1.2.3', null],
    ['--1', null],
    ['1e', null],
    ['9'.repeat(65), null],
  ])('%s is %s', (text, expected) => {
    expect(parseNumber(text)).toEqual(expected);
  });
});
