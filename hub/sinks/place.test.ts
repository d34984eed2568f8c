import { encodeFrame, type Column } from '@weir/protocol';
import { describe, expect, it } from 'vitest';
import { ClockSource, encodeRecord, RecordKind, RecordWriter, type HubRecord } from '../ingest/record.js';
import { RecordPlacer } from './place.js';
import type { SinkColumn } from './sink.js';
import { DOOR, EPOCH, MESSAGE, SERIES, TEMPERATURE } from './test/sample-log.js';

const table = new Map(SERIES.map((each) => [each.id, each]));

function record(changes: Partial<HubRecord> = {}): HubRecord {
  return {
    kind: RecordKind.readings,
    device: 1,
    epoch: EPOCH,
    seq: 3,
    receivedUs: 0,
    offsetUs: 1_000,
    uncertaintyUs: 2,
    clockSource: ClockSource.device,
    series: [TEMPERATURE.id, DOOR.id],
    frame: encodeFrame({
      type: 'readings',
      epoch: EPOCH,
      seq: 3,
      columns: [
        { channel: 0, times: [5, 6], values: [1.5, 2.5] },
        { channel: 7, times: [9], values: [true] },
      ],
    }),
    ...changes,
  };
}

function placeRecord(placing: HubRecord, logOffset = 0): SinkColumn[] {
  return new RecordPlacer(table).place(encodeRecord(placing), logOffset);
}

describe('placing a record', () => {
  it('names series, identity and clock of each column', () => {
    const [temperature, door, ...rest] = placeRecord(record(), 77);
    expect(rest).toEqual([]);
    expect(temperature).toMatchObject({
      ...{ series: TEMPERATURE, epoch: EPOCH, seq: [3, 3], index: [0, 1], offsetUs: 1_000 },
      ...{ uncertaintyUs: 2, clockSource: ClockSource.device, logOffset: 77 },
    });
    expect([temperature?.monotonicUs, temperature?.values]).toEqual([
      [5, 6],
      [1.5, 2.5],
    ]);
    expect(door).toMatchObject({ series: DOOR, seq: [3], index: [0], values: [true] });
  });

  it('counts on where two columns are of one series', () => {
    const frame = encodeFrame({
      type: 'readings',
      epoch: EPOCH,
      seq: 3,
      columns: [0, 1, 2].map((channel) => ({ channel, times: [1, 2], values: [1, 2] })),
    });
    const [placed, ...others] = placeRecord(record({ series: [1, 1, 1], frame }));
    expect(others).toEqual([]);
    expect(placed).toMatchObject({ seq: Array(6).fill(3), index: [0, 1, 2, 3, 4, 5] });
  });

  it('puts the readings of a series from all frames of a run together', () => {
    const writer = new RecordWriter();
    writer.begin(record());
    const channels = [
      [TEMPERATURE.id, DOOR.id],
      [DOOR.id],
      [MESSAGE.id, DOOR.id, TEMPERATURE.id],
      [TEMPERATURE.id, DOOR.id],
    ];
    const valueOf = (id: number): number | boolean | string =>
      id === TEMPERATURE.id ? 1.5 : id === DOOR.id ? false : 'ok';
    for (const [place, ids] of channels.entries()) {
      const columns = ids.map((id) => ({ channel: id, times: [place], values: [valueOf(id)] }) as Column);
      writer.add(ids, encodeFrame({ type: 'readings', epoch: 0, seq: 3 + place, columns }));
    }
    const placed = new RecordPlacer(table).place(writer.bytes, 0);
    expect(placed.map(({ series, epoch, seq, values }) => [series.id, epoch, seq, values])).toEqual([
      [TEMPERATURE.id, EPOCH, [3, 5, 6], [1.5, 1.5, 1.5]],
      [DOOR.id, EPOCH, [3, 4, 5, 6], [false, false, false, false]],
      [MESSAGE.id, EPOCH, [5], ['ok']],
    ]);
  });

  it.each([
    [0.4, 1],
    [Infinity, Number.MAX_SAFE_INTEGER],
    [Number.NaN, Number.MAX_SAFE_INTEGER],
    [1e300, Number.MAX_SAFE_INTEGER],
  ])('gives an uncertainty of %d us as %d', (given, whole) => {
    expect(placeRecord(record({ uncertaintyUs: given }))[0]?.uncertaintyUs).toBe(whole);
  });

  it('rounds a fraction of the offset once', () => {
    expect(placeRecord(record({ offsetUs: 1.7e15 + 0.25 }))[0]?.offsetUs).toBe(1.7e15);
  });

  it.each([
    ['sink.unknown_series', { series: [TEMPERATURE.id, 99] }],
    ['log.bad_record', { series: [TEMPERATURE.id] }],
    ['log.bad_record', { series: [TEMPERATURE.id, MESSAGE.id] }],
    [
      'protocol.wrong_type',
      {
        frame: encodeFrame({ type: 'gap', epoch: EPOCH, seq: 1, lostEpoch: EPOCH, lost: [1, 2], reason: 1 }),
      },
    ],
    ['protocol.malformed', { frame: new Uint8Array([0x84, 3]) }],
  ])('refuses with %s: %o', (code, changes) => {
    expect(() => placeRecord(record(changes))).toThrow(expect.objectContaining({ code }));
  });

  it.each([RecordKind.describe, RecordKind.device, RecordKind.gap, RecordKind.rejected])(
    'has no readings of kind %d',
    (kind) => {
      expect(placeRecord(record({ kind, frame: new Uint8Array() }))).toEqual([]);
    },
  );
});
