import { GapReason, SequenceSet } from '@weir/protocol';
import { silentLogger } from '@weir/runtime';
import { describe, expect, it } from 'vitest';
import type { FakeHub } from '../simulation/fake-hub.testing.js';
import { Rig } from '../simulation/rig.testing.js';
import { settled } from '../simulation/virtual-time.testing.js';

const sorted = (values: readonly number[]): number[] => values.toSorted((a, b) => a - b);
const onDisk = { dir: '/spool', commitDelayMs: 0 } as const;

async function drained(rig: Rig): Promise<void> {
  await rig.time.until(() => rig.device.stats().backlog_frames === 0, 'drained', 3_600_000);
}

/** Every sequence from 1 to the last is stored, refused or in a gap. */
function unexplained(hub: FakeHub): string[] {
  const missing: string[] = [];
  for (const [epoch, { settled: known }] of hub.epochs) {
    const explained = SequenceSet.from(known.ranges());
    for (const { lostEpoch, lost } of hub.gaps) if (lostEpoch === epoch) explained.add(lost[0], lost[1]);
    const last = explained.ranges().at(-1)?.[1] ?? 0;
    for (const [first, end] of explained.missing(1, last)) missing.push(`${epoch}: ${first}-${end}`);
  }
  return missing;
}

/** Size of all spool files in a rig. */
async function segments(rig: Rig): Promise<string[]> {
  return (await rig.files.list('/spool')).filter((name) => name.endsWith('.log')).sort();
}

describe('what earlier runs left', () => {
  it('is sent after a kill, and nothing of it twice', async () => {
    const rig = new Rig({ spool: onDisk });
    rig.wire.up = false;
    await rig.start();
    await rig.take(50);
    await rig.kill();
    await rig.start();
    await rig.take(20);
    await rig.kill();
    rig.wire.up = true;
    await rig.start();
    await rig.take(5);
    await drained(rig);
    expect(sorted(rig.hub.values)).toEqual(rig.numbers);
    expect(rig.hub.violations).toEqual([]);
    expect(unexplained(rig.hub)).toEqual([]);
    const [hello] = rig.hub.hellos;
    expect(hello!.epochs).toHaveLength(3);
    expect(hello!.epochs.slice(1).map(({ held }) => held)).toEqual([
      [1, 51],
      [1, 21],
    ]);
  });

  it('carries the anchor of its boot, and epochs of one boot share their clock', async () => {
    const rig = new Rig({ spool: onDisk });
    await rig.start();
    await rig.take(5);
    rig.hub.acks = false;
    await rig.take(5);
    await rig.kill();
    rig.wire.up = false;
    rig.time.utcOffsetUs += 5_000_000; // Somebody sets the device's clock.
    await rig.start();
    await rig.take(5);
    await rig.powerCut();
    rig.wire.up = true;
    rig.hub.acks = true;
    await rig.start();
    await rig.take(1);
    await drained(rig);
    const hello = rig.hub.hellos.at(-1)!;
    const [current, first, second] = hello.epochs;
    expect(current!.anchor).toBeNull();
    expect(second!.anchor).toEqual(first!.anchor);
    expect(second!.deviceUtcUs).toBe(first!.deviceUtcUs);
    expect(current!.deviceUtcUs).not.toBe(first!.deviceUtcUs);
    // The hub's clock minus the device's monotonic one, within the anchor's own uncertainty.
    const { utcUs, monotonicUs, uncertaintyUs } = first!.anchor!;
    expect(Math.abs(utcUs - monotonicUs - 1_790_000_000_000_000)).toBeLessThanOrEqual(uncertaintyUs);
    expect(sorted(rig.hub.values)).toEqual(rig.numbers);
  });

  it('carries an anchor by what the hub’s clock was set to, not by what it was before', async () => {
    const rig = new Rig({ spool: onDisk });
    await rig.start();
    rig.hub.acks = false;
    await rig.take(5);
    const before = rig.hub.utcUs;
    rig.hub.utcUs = () => before() + 60_000_000;
    await rig.time.pass(45_000);
    await rig.take(5);
    await rig.powerCut();
    rig.hub.acks = true;
    await rig.start();
    await drained(rig);
    const { utcUs, monotonicUs, uncertaintyUs } = rig.hub.hellos.at(-1)!.epochs[1]!.anchor!;
    const offUs = utcUs - monotonicUs - 1_790_000_060_000_000;
    expect(Math.abs(offUs)).toBeLessThanOrEqual(uncertaintyUs);
  });

  it('says hello again once the clock of runs without any is known', async () => {
    const rig = new Rig({ spool: onDisk });
    rig.time.utcOffsetUs = 0; // A clock that was never set: 1970.
    rig.wire.up = false;
    await rig.start();
    await rig.take(5);
    await rig.kill();
    rig.wire.up = true;
    await rig.start();
    await drained(rig);
    expect(rig.hub.hellos).toHaveLength(2);
    expect(rig.hub.hellos[0]!.epochs[1]).toMatchObject({ anchor: null, deviceUtcUs: null });
    expect(rig.hub.hellos[1]!.epochs[1]!.anchor).not.toBeNull();
    expect(rig.hub.received.filter(({ type }) => type === 'readings')).toHaveLength(5);
  });

  it('is not sent when the last run noted that it was settled, or the hub says so', async () => {
    const rig = new Rig({ spool: onDisk });
    await rig.start();
    await rig.take(20);
    await drained(rig);
    await rig.stop();
    const sent = rig.hub.received.length;
    await rig.start();
    expect(rig.device.stats().backlog_frames).toBe(0);
    await rig.kill();
    await rig.start();
    await rig.take(1);
    await drained(rig);
    expect(rig.hub.received).toHaveLength(sent + 2);
  });

  it('is held by one agent at a time', async () => {
    const rig = new Rig({ spool: onDisk });
    await rig.start();
    await expect(rig.start()).rejects.toMatchObject({ code: 'log.locked' });
  });
});

describe('a spool that spares the disk', () => {
  it('writes nothing while the hub confirms sooner than the commit delay', async () => {
    const rig = new Rig({ spool: { dir: '/spool', commitDelayMs: 1_000 } });
    await rig.start();
    await rig.take(100);
    await drained(rig);
    expect(rig.device.stats().spool.bytesWritten).toBe(0);
    expect(await segments(rig)).toEqual([]);
  });

  it('loses at most the commit delay in a crash, and what the hub had of it is not told as lost', async () => {
    const rig = new Rig({ spool: { dir: '/spool', commitDelayMs: 1_000 } });
    await rig.start();
    await rig.take(20);
    rig.wire.up = false;
    rig.wire.current!.cut();
    await rig.take(40);
    await rig.kill();
    rig.wire.up = true;
    await rig.start();
    await drained(rig);
    const missing = rig.numbers.filter((value) => !rig.hub.values.includes(value));
    expect(missing.every((value) => value >= 50)).toBe(true);
    expect(missing.length).toBeLessThanOrEqual(11);
    expect(rig.hub.gaps).toEqual([]);
    expect(rig.hub.violations).toEqual([]);
  });

  it('has clock and describe frames on disk again when they went with a segment while nothing was pending', async () => {
    const rig = new Rig({ spool: { ...onDisk, maxBytes: 500_000 }, textBytes: 3_000 });
    await rig.start();
    await rig.take(60);
    await drained(rig);
    await rig.time.pass(1_000);
    const [first] = await segments(rig);
    expect(first).not.toMatch(/^0+\.log$/);
    rig.hub.acks = false;
    await rig.take(3);
    await rig.powerCut();
    rig.hub.acks = true;
    await rig.start();
    await drained(rig);
    const [, former] = rig.hub.hellos.at(-1)!.epochs;
    expect(former!.anchor).not.toBeNull();
    expect(former!.held![0]).toBe(1);
  });

  it('has describe frames on disk for readings that are, though theirs were settled long before', async () => {
    const rig = new Rig({ spool: { dir: '/spool', commitDelayMs: 1_000 } });
    await rig.start();
    await rig.take(20);
    rig.wire.up = false;
    rig.wire.current!.cut();
    await rig.take(40);
    await rig.stop();
    rig.hub.epochs.clear(); // Another hub, which was never told of the channel.
    rig.wire.up = true;
    await rig.start();
    await drained(rig);
    expect(rig.hub.violations).toEqual([]);
    expect(rig.hub.received.filter(({ type }) => type === 'describe').length).toBeGreaterThanOrEqual(2);
  });
});

describe('memory that runs out in a session without credit', () => {
  it('keeps describe frames in their place before the readings that need them', async () => {
    const rig = new Rig({
      spool: { dir: '/spool', commitDelayMs: 0, memoryBytes: 20_000 },
      batch: { maxDelayMs: 10, maxReadings: 1 },
    });
    rig.hub.credit = 0;
    await rig.start();
    await rig.time.pass(1_000);
    await rig.take(100);
    expect(rig.device.stats().readings_expired).toBe(0);
    rig.hub.session!.grant(64);
    await drained(rig);
    expect(rig.hub.violations).toEqual([]);
    expect(sorted(rig.hub.values)).toEqual(rig.numbers);
  });
});

describe('policy', () => {
  const small = { dir: '/spool', commitDelayMs: 0, maxBytes: 1_048_576 } as const;

  it('drops the oldest segments beyond max_bytes and tells every sequence of them', async () => {
    const rig = new Rig({ spool: small, batch: { maxDelayMs: 10, maxReadings: 1 } });
    rig.wire.up = false;
    await rig.start();
    const output = rig.device.output('sensor');
    for (let i = 0; i < 4_000; i++) {
      output.reading('text', `${i} `.padEnd(500, 'x'), rig.clock.monotonicUs());
      await rig.time.pass(20);
    }
    const { spool, readings_expired: expired } = rig.device.stats();
    expect(spool.diskBytes).toBeLessThanOrEqual(1_048_576 + 131_072);
    expect(expired).toBeGreaterThan(1_000);
    rig.wire.up = true;
    await drained(rig);
    expect(rig.hub.readings + expired).toBe(4_000);
    expect(unexplained(rig.hub)).toEqual([]);
    expect(rig.hub.gaps.length).toBeGreaterThan(0);
    expect(rig.hub.gaps.length).toBeLessThan(10);
    expect(rig.hub.gaps.every(({ reason }) => reason === GapReason.spoolBytes)).toBe(true);
    expect(rig.hub.violations).toEqual([]);
  });

  it('introduces channels whose descriptions go with their segment in a session without credit', async () => {
    const rig = new Rig({ spool: small, textBytes: 3_000, batch: { maxDelayMs: 10, maxReadings: 1 } });
    rig.hub.credit = 0;
    await rig.start();
    await rig.time.pass(1_000);
    await rig.take(1_000, 20);
    expect(rig.device.stats().readings_expired).toBeGreaterThan(300);
    rig.hub.session!.grant(64);
    await drained(rig);
    expect(rig.hub.violations).toEqual([]);
    expect(rig.hub.readings + rig.device.stats().readings_expired).toBe(1_000);
    expect(unexplained(rig.hub)).toEqual([]);
  });

  it('drops readings older than max_age', async () => {
    const rig = new Rig({ spool: { ...small, maxAgeMs: 60_000 }, batch: { maxDelayMs: 10, maxReadings: 1 } });
    rig.wire.up = false;
    await rig.start();
    await rig.take(1_200, 100);
    await rig.time.pass(1_000);
    const { readings_expired: expired } = rig.device.stats();
    expect(expired).toBeGreaterThan(300);
    expect(expired).toBeLessThan(700);
    rig.wire.up = true;
    await drained(rig);
    expect(rig.hub.readings + expired).toBe(1_200);
    expect(rig.hub.gaps.every(({ reason }) => reason === GapReason.spoolAge)).toBe(true);
    expect(unexplained(rig.hub)).toEqual([]);
    expect(rig.hub.violations).toEqual([]);
  });

  it('frees what is settled without telling of a gap', async () => {
    const rig = new Rig({ spool: small, batch: { maxDelayMs: 10, maxReadings: 1 } });
    await rig.start();
    for (let round = 0; round < 8; round++) {
      rig.wire.up = false;
      rig.wire.current!.cut();
      const output = rig.device.output('sensor');
      for (let i = 0; i < 500; i++) {
        output.reading('text', `${round} ${i} `.padEnd(500, 'x'), rig.clock.monotonicUs());
        await rig.time.pass(20);
      }
      rig.wire.up = true;
      await drained(rig);
      await rig.time.pass(1_000);
    }
    expect(rig.hub.readings).toBe(4_000);
    expect(rig.hub.gaps).toEqual([]);
    expect(rig.device.stats()).toMatchObject({ readings_expired: 0 });
    expect(rig.device.stats().spool.diskBytes).toBeLessThan(400_000);
  });

  it('survives a restart in the midst: dropped stays dropped, the rest is sent with its describe frames', async () => {
    const rig = new Rig({ spool: small, batch: { maxDelayMs: 10, maxReadings: 1 } });
    rig.wire.up = false;
    await rig.start();
    const output = rig.device.output('sensor');
    for (let i = 0; i < 3_000; i++) {
      output.reading('text', `${i} `.padEnd(500, 'x'), rig.clock.monotonicUs());
      await rig.time.pass(20);
    }
    const expired = rig.device.stats().readings_expired;
    await rig.powerCut();
    await rig.start();
    rig.wire.up = true;
    await drained(rig);
    expect(rig.hub.violations).toEqual([]);
    expect(rig.hub.readings + expired).toBeGreaterThanOrEqual(2_999);
    expect(unexplained(rig.hub)).toEqual([]);
  });
});

describe('a disk that does not work', () => {
  it('full: readings flow while connected, memory stays bounded, losses are told, and it recovers', async () => {
    const rig = new Rig({
      spool: { dir: '/spool', commitDelayMs: 0, memoryBytes: 262_144 },
      batch: { maxDelayMs: 10, maxReadings: 1 },
    });
    await rig.start();
    await rig.take(5);
    rig.files.capacityBytes = 1_500;
    await rig.take(20);
    rig.wire.up = false;
    rig.wire.current!.cut();
    await rig.take(40);
    await rig.time.pass(5_000);
    expect(rig.device.stats().spool.state).toBe('disk_full');
    rig.wire.up = true;
    await drained(rig);
    await rig.take(20);
    await drained(rig);
    expect(sorted(rig.hub.values)).toEqual(rig.numbers);
    rig.wire.up = false;
    rig.wire.current!.cut();
    await rig.take(3_000, 20);
    const { readings_expired: expired, spool } = rig.device.stats();
    expect(expired).toBeGreaterThan(500);
    expect(spool.memoryBytes).toBeLessThanOrEqual(262_144);
    rig.files.capacityBytes = Infinity;
    rig.wire.up = true;
    await drained(rig);
    await rig.time.pass(5_000);
    expect(rig.hub.readings + expired).toBe(rig.taken);
    expect(unexplained(rig.hub)).toEqual([]);
    expect(rig.device.stats().spool.state).toBe('ok');
    expect(rig.hub.violations).toEqual([]);
  });

  it('failing: an fsync that fails costs nothing that is still in memory', async () => {
    const rig = new Rig({ spool: onDisk });
    rig.wire.up = false;
    await rig.start();
    await rig.take(10);
    let failures = 3;
    rig.files.fault = ({ kind }) => (kind === 'sync' && failures-- > 0 ? { code: 'EIO' } : null);
    await rig.take(10);
    await rig.time.pass(10_000);
    await rig.kill();
    rig.wire.up = true;
    await rig.start();
    await drained(rig);
    expect(sorted(rig.hub.values)).toEqual(rig.numbers);
  });

  it('absent from the start: the agent works from memory and says so', async () => {
    const rig = new Rig({ spool: onDisk });
    rig.files.fault = ({ kind }) => (kind === 'makeDir' ? { code: 'EROFS' } : null);
    await rig.start();
    await rig.take(10);
    await drained(rig);
    expect(rig.hub.values).toEqual(rig.numbers);
    expect(rig.device.stats().spool.state).toBe('failed');
  });

  it('in memory alone: the oldest go at the bound, in a few gaps', async () => {
    const rig = new Rig({ memoryBytes: 262_144, batch: { maxDelayMs: 10, maxReadings: 1 } });
    rig.wire.up = false;
    await rig.start();
    await rig.take(5_000, 20);
    const { readings_expired: expired } = rig.device.stats();
    expect(expired).toBeGreaterThan(2_000);
    rig.wire.up = true;
    await drained(rig);
    expect(rig.hub.readings + expired).toBe(5_000);
    expect(rig.hub.gaps.length).toBeLessThan(30);
    expect(unexplained(rig.hub)).toEqual([]);
    expect(rig.hub.violations).toEqual([]);
  });

  it('taken by descriptions alone: readings give way, and telling so ends', async () => {
    const rig = new Rig({ memoryBytes: 262_144, batch: { maxDelayMs: 10, maxReadings: 500 } });
    rig.wire.up = false;
    await rig.start();
    for (let round = 0; round < 3; round++) {
      for (let channel = 0; channel < 1_000; channel++) {
        const output = rig.device.output(`a-source-with-a-long-name-${channel % 4}`);
        output.reading(`a-channel-with-a-long-name-${channel}`, round, rig.clock.monotonicUs());
      }
      await rig.time.pass(20);
    }
    const { readings_expired: expired, spool } = rig.device.stats();
    expect(expired).toBeGreaterThan(0);
    expect(spool.memoryBytes).toBeLessThan(2 * 262_144);
    rig.wire.up = true;
    await drained(rig);
    expect(rig.hub.readings + expired).toBe(3_000);
    expect(rig.hub.gaps.length).toBeLessThan(1_000);
    expect(unexplained(rig.hub)).toEqual([]);
    expect(rig.hub.violations).toEqual([]);
  });
});

describe('damage', () => {
  async function damagedRig(): Promise<Rig> {
    const rig = new Rig({ spool: onDisk });
    rig.wire.up = false;
    await rig.start();
    await rig.take(100);
    return rig;
  }

  it('found at opening is told as a gap, with the place in stats', async () => {
    const rig = await damagedRig();
    await rig.kill();
    const [name] = await segments(rig);
    rig.files.corrupt(`/spool/${name}`, 2_000, 0xff);
    rig.wire.up = true;
    await rig.start();
    await drained(rig);
    const missing = rig.numbers.filter((value) => !rig.hub.values.includes(value));
    expect(missing).toHaveLength(1);
    expect(rig.hub.gaps).toHaveLength(1);
    expect(rig.hub.gaps[0]).toMatchObject({ reason: GapReason.spoolDamaged });
    expect(unexplained(rig.hub)).toEqual([]);
    expect(rig.device.stats().spool.problems[0]).toMatchObject({
      file: `/spool/${name}`,
      reason: 'bad record',
    });
  });

  it('found while the backlog is read is told as well', async () => {
    const rig = await damagedRig();
    const [name] = await segments(rig);
    rig.files.corrupt(`/spool/${name}`, 2_000, 0xff);
    rig.wire.up = true;
    await drained(rig);
    const missing = rig.numbers.filter((value) => !rig.hub.values.includes(value));
    expect(missing).toHaveLength(1);
    expect(rig.hub.gaps).toHaveLength(1);
    expect(unexplained(rig.hub)).toEqual([]);
  });

  it('of what the hub has already is no loss', async () => {
    const rig = new Rig({ spool: onDisk });
    await rig.start();
    await rig.take(100);
    await drained(rig);
    rig.wire.up = false;
    rig.wire.current!.cut();
    await rig.take(10);
    await rig.kill();
    const [name] = await segments(rig);
    rig.files.corrupt(`/spool/${name}`, 2_000, 0xff);
    rig.wire.up = true;
    await rig.start();
    await drained(rig);
    expect(sorted(rig.hub.values)).toEqual(rig.numbers);
    expect(rig.hub.gaps).toEqual([]);
  });
});

describe('close', () => {
  it('puts on disk what is unsettled, however young', async () => {
    const rig = new Rig({ spool: { dir: '/spool', commitDelayMs: 3_600_000 }, logger: silentLogger });
    rig.wire.up = false;
    await rig.start();
    await rig.take(10);
    await rig.stop();
    await settled();
    rig.wire.up = true;
    await rig.start();
    await drained(rig);
    expect(sorted(rig.hub.values)).toEqual(rig.numbers);
  });
});
