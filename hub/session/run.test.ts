import { describe, expect, it } from 'vitest';
import { HOLES_OF_DEVICE_MAX } from '../registry/remembered.js';
import { EPOCH, SessionRig, type TestPeer } from './rig.testing.js';

const reading = (seq: number, value = 21.5, epoch = 0) =>
  ({
    type: 'readings',
    epoch,
    seq,
    columns: [{ channel: 0, times: [5e6 + seq], values: [value] }],
  }) as const;

/** Says frames in one burst. */
function burst(device: TestPeer, ...seqs: number[]): boolean[] {
  return seqs.map((seq) => device.sayInBurst(reading(seq, seq / 10)));
}

const runs = (rig: SessionRig): number[][] =>
  rig.log.runs.map((frames) => frames.map(({ seq }) => seq)).slice(2);

describe('frames that come in one burst', () => {
  it('are one record and one acknowledgement', async () => {
    const rig = new SessionRig();
    const device = rig.open();
    burst(device, 2, 3, 4);
    await Promise.resolve();
    expect(runs(rig)).toEqual([[2, 3, 4]]);
    expect(device.got('ack')).toEqual([]);
    rig.log.commit();
    expect(device.got('ack').map(({ stored }) => stored)).toEqual([[{ epoch: 0, range: [2, 4] }]]);
    const entry = rig.registry.devices.get('pi-1');
    expect(entry).toMatchObject({ readings: 3, lastSeenUs: rig.time.utcUs() });
    expect(entry?.series.get('boiler/temperature')?.lastValue).toBe(0.4);
  });

  it('are in no table before they are in the log', () => {
    const rig = new SessionRig();
    const device = rig.open();
    burst(device, 2, 3);
    const entry = rig.registry.devices.get('pi-1');
    expect([entry?.readings, entry?.epoch(EPOCH).seen.has(2)]).toEqual([0, false]);
    rig.ingest.seal();
    expect([entry?.readings, entry?.epoch(EPOCH).seen.has(2)]).toEqual([2, true]);
  });

  it('are told from one that came before, and from one that leaves a hole', () => {
    const rig = new SessionRig();
    const device = rig.open();
    burst(device, 2, 3, 3, 2, 4, 7, 8, 5);
    rig.ingest.seal();
    expect(runs(rig)).toEqual([[2, 3], [4], [7, 8], [5]]);
    rig.log.commit();
    expect(rig.registry.devices.get('pi-1')?.epoch(EPOCH).settled.ranges()).toEqual([
      [1, 5],
      [7, 8],
    ]);
    expect(rig.ingest.counts).toMatchObject({ frames: 7, readings: 6, duplicates: 2 });
  });

  it('of several devices stay apart, in the order in which they came', () => {
    const rig = new SessionRig();
    const one = rig.open();
    const other = rig.connect();
    other.hello({
      device: 'pi-2',
      epochs: [{ epoch: EPOCH + 1, held: null, anchor: null, deviceUtcUs: null }],
    });
    other.describe(1);
    const before = rig.log.records.length;
    burst(one, 2, 3);
    burst(other, 2);
    burst(one, 4);
    rig.ingest.seal();
    expect(rig.log.records.slice(before).map(({ device, seq }) => [device, seq])).toEqual([
      [1, 2],
      [1, 3],
      [2, 2],
      [1, 4],
    ]);
  });

  it('keep the clock that each came with', () => {
    const rig = new SessionRig();
    const device = rig.open();
    burst(device, 2, 3);
    const anchor = { monotonicUs: 5e6, utcUs: rig.time.utcUs() + 77, uncertaintyUs: 10 };
    device.sayInBurst({ type: 'probe', sentUs: 5e6, anchor });
    burst(device, 4, 5);
    rig.ingest.seal();
    expect(runs(rig)).toEqual([
      [2, 3],
      [4, 5],
    ]);
    expect(rig.log.records.slice(-2).map(({ offsetUs }) => offsetUs)).toEqual(
      Array(2).fill(anchor.utcUs - anchor.monotonicUs),
    );
  });

  it('go on behind a refused one, which is told of when its record is on disk', () => {
    const rig = new SessionRig();
    const device = rig.open();
    burst(device, 2);
    device.sayInBurst({ ...reading(3), columns: [{ channel: 5, times: [1], values: [1] }] });
    burst(device, 4);
    rig.ingest.seal();
    expect(runs(rig)).toEqual([[2], [3], [4]]);
    rig.log.commit();
    expect(device.got('reject').map(({ seq }) => seq)).toEqual([3]);
    expect(device.got('ack').flatMap(({ stored }) => stored.map(({ range }) => range))).toEqual([
      [2, 2],
      [4, 4],
    ]);
  });

  it('are taken as far as the log has room, and the rest is offered again', () => {
    const rig = new SessionRig();
    const device = rig.open();
    expect(burst(device, 2, 3)).toEqual([true, true]);
    rig.log.full = true;
    expect(burst(device, 4)).toEqual([false]);
    rig.log.full = false;
    expect(burst(device, 4, 5)).toEqual([true, true]);
    rig.ingest.seal();
    expect(runs(rig)).toEqual([[2, 3, 4, 5]]);
  });

  it('open no hole within the burst', () => {
    const rig = new SessionRig();
    const device = rig.open();
    for (let i = 0; i < HOLES_OF_DEVICE_MAX; i++) {
      device.readings(3 + 2 * i);
      rig.log.commit();
    }
    const next = 3 + 2 * HOLES_OF_DEVICE_MAX - 1;
    expect(burst(device, next, next + 1, next + 2)).toEqual([true, true, true]);
    expect(() => burst(device, next + 9)).toThrow('more holes than are remembered');
  });

  it('are not more than a reader can take at once', () => {
    const rig = new SessionRig({ creditMax: 4096 });
    const device = rig.open();
    const times = Array.from({ length: 400 }, (_, i) => 5e6 + i);
    for (let seq = 2; seq < 10; seq++)
      device.sayInBurst({ ...reading(seq), columns: [{ channel: 0, times, values: times }] });
    rig.ingest.seal();
    expect(runs(rig)).toEqual([
      [2, 3, 4],
      [5, 6, 7],
      [8, 9],
    ]);
  });

  it('that the log did not take, because it was closed, are not acknowledged and change nothing', async () => {
    const rig = new SessionRig();
    const device = rig.open();
    burst(device, 2, 3);
    rig.log.closed = true;
    await Promise.resolve();
    rig.log.commit();
    expect(device.got('ack')).toEqual([]);
    expect(rig.registry.devices.get('pi-1')?.readings).toBe(0);
  });
});
