import { encodeFrame } from '@weir/protocol';
import { describe, expect, it } from 'vitest';
import { ClockSource, RecordKind, type HubRecord } from '../ingest/record.js';
import { placeRecord } from './place.js';
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

describe('placing a record', () => {
  it('names series, identity and clock of each column', () => {
    const [temperature, door, ...rest] = placeRecord(record(), 77, table);
    expect(rest).toEqual([]);
    expect(temperature).toMatchObject({
      ...{ series: TEMPERATURE, epoch: EPOCH, seq: 3, firstIndex: 0, offsetUs: 1_000 },
      ...{ uncertaintyUs: 2, clockSource: ClockSource.device, logOffset: 77 },
    });
    expect([...Array.from(temperature!.monotonicUs), ...Array.from(temperature!.values as number[])]).toEqual(
      [5, 6, 1.5, 2.5],
    );
    expect(door).toMatchObject({ series: DOOR, values: [true] });
  });

  it('counts on where two columns are of one series', () => {
    const frame = encodeFrame({
      type: 'readings',
      epoch: EPOCH,
      seq: 3,
      columns: [0, 1, 2].map((channel) => ({ channel, times: [1, 2], values: [1, 2] })),
    });
    const placed = placeRecord(record({ series: [1, 1, 1], frame }), 0, table);
    expect(placed.map(({ firstIndex }) => firstIndex)).toEqual([0, 2, 4]);
  });

  it.each([
    [0.4, 1],
    [Infinity, Number.MAX_SAFE_INTEGER],
    [Number.NaN, Number.MAX_SAFE_INTEGER],
    [1e300, Number.MAX_SAFE_INTEGER],
  ])('gives an uncertainty of %d us as %d', (given, whole) => {
    expect(placeRecord(record({ uncertaintyUs: given }), 0, table)[0]?.uncertaintyUs).toBe(whole);
  });

  it('rounds a fraction of the offset once', () => {
    expect(placeRecord(record({ offsetUs: 1.7e15 + 0.25 }), 0, table)[0]?.offsetUs).toBe(1.7e15);
  });

  it.each([
    ['sink.unknown_series', { series: [TEMPERATURE.id, 99] }],
    ['log.bad_record', { series: [TEMPERATURE.id] }],
    ['log.bad_record', { series: [TEMPERATURE.id, MESSAGE.id] }],
    [
      'log.bad_record',
      {
        frame: encodeFrame({ type: 'gap', epoch: EPOCH, seq: 1, lostEpoch: EPOCH, lost: [1, 2], reason: 1 }),
      },
    ],
    ['protocol.malformed', { frame: new Uint8Array([0x84, 3]) }],
  ])('refuses with %s: %o', (code, changes) => {
    expect(() => placeRecord(record(changes), 0, table)).toThrow(expect.objectContaining({ code }));
  });

  it.each([RecordKind.describe, RecordKind.device, RecordKind.gap, RecordKind.rejected])(
    'has no readings of kind %d',
    (kind) => {
      expect(placeRecord(record({ kind, frame: new Uint8Array() }), 0, table)).toEqual([]);
    },
  );
});
