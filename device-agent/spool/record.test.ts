import { decodeFrame, encodeFrame } from '@weir/protocol';
import { WeirError } from '@weir/runtime';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { decodeSpoolRecord, encodeNote, frameHeader } from './record.js';
import type { StoredFrame } from './stored-frame.js';

const EPOCH = 2 ** 52 + 1;
const columns = [{ channel: 0, times: [5], values: [1.5] }];
const bytes = encodeFrame({ type: 'readings', epoch: EPOCH, seq: 7, columns });
const frame: StoredFrame = {
  kind: 'readings',
  epoch: EPOCH,
  seq: 7,
  readings: 1,
  takenUs: 2 ** 50 + 1,
  bytes,
};

const record = (kind: 'frame' | 'copy', stored: StoredFrame): Uint8Array =>
  Buffer.concat([frameHeader(kind, stored), stored.bytes]);

describe('a spool record', () => {
  it.each(['frame', 'copy'] as const)('brings a %s back as it was', (kind) => {
    const decoded = decodeSpoolRecord(record(kind, frame));
    expect(decoded).toMatchObject({ kind, frame: { ...frame, bytes: expect.anything() as unknown } });
    if (decoded.kind === kind)
      expect(decodeFrame(decoded.frame.bytes)).toMatchObject({ type: 'readings', seq: 7 });
  });

  it.each([
    { kind: 'epoch', epoch: EPOCH, boot: 'b', deviceUtcUs: null, agent: 'weir-agent/1', refused: [3] },
    { kind: 'anchor', boot: 'b', anchor: { monotonicUs: 1, utcUs: 2, uncertaintyUs: 3 } },
    { kind: 'settled', epoch: EPOCH, ranges: [[1, 4] as const, [6, 6] as const] },
  ] as const)('brings a note back as it was: $kind', (note) => {
    expect(decodeSpoolRecord(encodeNote(note))).toEqual(note);
  });

  it('refuses a frame that names its epoch by index', () => {
    const indexed = encodeFrame({ type: 'readings', epoch: 3, seq: 7, columns });
    expect(() => decodeSpoolRecord(record('frame', { ...frame, bytes: indexed }))).toThrow(/epoch's id/);
  });

  it('refuses everything else with log.bad_record alone', () => {
    const valid = record('frame', frame);
    const damaged = fc.tuple(fc.nat(valid.length), fc.uint8Array({ maxLength: 40 })).map(([keep, rest]) => {
      return Buffer.concat([valid.subarray(0, keep), rest]);
    });
    fc.assert(
      fc.property(fc.oneof(fc.uint8Array({ maxLength: 80 }), damaged), (input) => {
        try {
          decodeSpoolRecord(input);
        } catch (error) {
          expect(WeirError.from(error).code).toBe('log.bad_record');
        }
      }),
      { numRuns: 2_000 },
    );
    expect(() => decodeSpoolRecord(Buffer.from([2, 1, 0, 0]))).toThrow(/version 2, known is 1/);
    expect(() => decodeSpoolRecord(Buffer.from([1, 9, 0, 0]))).toThrow(/unknown kind 9/);
    expect(() => decodeSpoolRecord(Buffer.from([1, 3, 0, 0, 0x7b]))).toThrow(/not JSON/);
  });
});
