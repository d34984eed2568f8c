import { describe, expect, it } from 'vitest';
import { ClockSource } from '../../ingest/record.js';
import type { SeriesInfo, SinkColumn } from '../sink.js';
import { linesOf } from './lines.js';

const series: SeriesInfo = {
  id: 1,
  device: 'pi',
  channel: 'boiler/temperature',
  type: 'number',
  unit: 'Cel',
};

function column(changes: Partial<SinkColumn>): SinkColumn {
  return {
    series,
    epoch: 2 ** 40,
    seq: [1],
    index: [0],
    monotonicUs: [1],
    offsetUs: 1_700_000_000_123_455,
    values: [21.57],
    uncertaintyUs: 1_500,
    clockSource: ClockSource.synced,
    logOffset: 0,
    ...changes,
  };
}

const textOf = (changes: Partial<SinkColumn>): string | undefined => linesOf([column(changes)])[0]?.text;

describe('line protocol', () => {
  it.each([
    [
      {},
      'temperature,channel=boiler/temperature,device=pi,unit=Cel value=21.57,uncertainty_us=1500i,clock_source=0i,monotonic_us=1i,epoch=1099511627776i 1700000000123456000',
    ],
    [
      { series: { ...series, channel: 'door', type: 'boolean', unit: '' }, values: [false] },
      'door,channel=door,device=pi state=false,uncertainty_us=1500i,clock_source=0i,monotonic_us=1i,epoch=1099511627776i 1700000000123456000',
    ],
    [
      { series: { ...series, unit: '' }, values: ['a "b" \\ c'] },
      'temperature,channel=boiler/temperature,device=pi text="a \\"b\\" \\\\ c",uncertainty_us=1500i,clock_source=0i,monotonic_us=1i,epoch=1099511627776i 1700000000123456000',
    ],
    [
      { series: { ...series, unit: 'l/min, ca=1' } },
      'temperature,channel=boiler/temperature,device=pi,unit=l/min\\,\\ ca\\=1 value=21.57,uncertainty_us=1500i,clock_source=0i,monotonic_us=1i,epoch=1099511627776i 1700000000123456000',
    ],
  ] as const)('writes %o', (changes, line) => {
    expect(textOf(changes)).toBe(line);
  });

  it.each([
    [0, '0'],
    [-1, '-1000'],
    [Number.MAX_SAFE_INTEGER, '9007199254740991000'],
    [1_700_000_000_000_001, '1700000000000001000'],
  ])('writes %d us as %s ns', (us, ns) => {
    expect(
      textOf({ monotonicUs: [us], offsetUs: 0 })
        ?.split(' ')
        .at(-1),
    ).toBe(ns);
  });

  it('puts the lines of a series together and keeps their order', () => {
    const other = { ...series, id: 2, channel: 'a' };
    const lines = linesOf([
      column({ series: other, seq: [1, 1], monotonicUs: [1, 2], values: [1, 2] }),
      column({ seq: [2] }),
      column({ series: other, seq: [3] }),
    ]);
    expect(lines.map(({ column: of, index }) => [of.series.id, of.seq[index], index])).toEqual([
      [1, 2, 0],
      [2, 1, 0],
      [2, 1, 1],
      [2, 3, 0],
    ]);
  });
});
