import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import {
  ClockSource,
  decodeRecord,
  encodeRecord,
  RecordKind,
  RecordReader,
  RecordWriter,
  type HubRecord,
} from './record.js';

const RECORD: HubRecord = {
  kind: RecordKind.readings,
  device: 7,
  epoch: 2 ** 40 + 1,
  seq: 258,
  receivedUs: 1.5e15,
  offsetUs: 1.25e15,
  uncertaintyUs: 42,
  clockSource: ClockSource.device,
  series: [3, 9],
  frame: Buffer.from('8305', 'hex'),
};
const NUMBERS = '00100000000070420000a7dcf75015430080e03779c311430000000000004540';
const ENVELOPE_2 = `020101000700000002010000${NUMBERS}`;

/** As the hub wrote it before there were runs. */
const RECORD_1 = `01010100070000000201000002000000${NUMBERS}03000000090000008305`;

const plain = (record: HubRecord): HubRecord => ({
  ...record,
  series: Array.from(record.series),
  frame: Buffer.from(record.frame),
});

describe('a record of the hub’s log', () => {
  it('has this form', () => {
    const frame = '02000000020003000000090000008305';
    expect(Buffer.from(encodeRecord(RECORD)).toString('hex')).toBe(ENVELOPE_2 + frame);
  });

  it('is read in the form that it had before', () => {
    expect(decodeRecord(Buffer.from(RECORD_1, 'hex')).map(plain)).toEqual([RECORD]);
  });

  it('gives back every frame of a run, with the sequences that follow', () => {
    const frames = fc.array(
      fc.record({
        series: fc.array(fc.nat(2 ** 32 - 1), { maxLength: 5 }),
        frame: fc.uint8Array({ maxLength: 300 }).map((bytes) => Buffer.from(bytes)),
      }),
      { maxLength: 20 },
    );
    fc.assert(
      fc.property(frames, (added) => {
        const writer = new RecordWriter(64);
        writer.begin({ ...RECORD, kind: RecordKind.gap });
        writer.add([1], new Uint8Array(9));
        writer.begin(RECORD);
        for (const { series, frame } of added) {
          const before = writer.length + RecordWriter.frameBytes(series, frame);
          const start = writer.add(series, frame);
          expect(writer.length).toBe(before);
          expect(Buffer.from(writer.bytes.subarray(start))).toEqual(frame);
        }
        const expected = added.map((each, i) => ({ ...RECORD, ...each, seq: RECORD.seq + i }));
        expect(decodeRecord(writer.bytes.slice()).map(plain)).toEqual(expected);
      }),
    );
  });

  it('is refused when it is cut short anywhere, in either form', () => {
    for (const whole of [encodeRecord(RECORD), Buffer.from(RECORD_1, 'hex')]) {
      const headless = whole[0] === 1 ? 56 : 44;
      for (let length = 0; length < whole.length; length++) {
        if (whole[0] === 1 ? length >= headless : length === headless) continue;
        expect(() => decodeRecord(whole.slice(0, length)), `${length} bytes`).toThrow('not a hub record');
      }
    }
  });

  it.each([
    [0, 3, 'version 3, known are 1 and 2'],
    [1, 77, 'unknown kind 77'],
    [2, 3, 'unknown clock source 3'],
  ])('is refused with byte %d as %d', (at, value, message) => {
    const bytes = encodeRecord(RECORD).slice();
    bytes[at] = value;
    expect(() => new RecordReader(bytes)).toThrow(message);
  });
});
