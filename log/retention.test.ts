import type { Clock } from '@weir/runtime';
import { expect, it } from 'vitest';
import { numbered } from './harness.js';
import { Log } from './log.js';
import { MemoryFiles } from './memory-files.js';
import { ageUs } from './segment.js';

const DAY_US = 86_400e6;
const YEAR_2026_US = 1_767_225_600e6;

class SteppedClock implements Clock {
  nowUs = 0;
  utcOffsetUs = YEAR_2026_US;
  monotonicUs = (): number => this.nowUs;
  utcUs = (): number => this.nowUs + this.utcOffsetUs;
}

it('keeps so many bytes, whole segments, and never drops the one being written', async () => {
  const log = await Log.open('/log', {
    files: new MemoryFiles(),
    segmentBytes: 500,
    retention: { bytes: 1600 },
  });
  for (let i = 0; i < 8; i++) log.append(numbered(i, 100));
  await log.flushed();
  expect(log.expiring()).toBeNull();
  expect(await log.enforceRetention()).toBeNull();
  for (let i = 0; i < 22; i++) log.append(numbered(i, 100));
  await log.flushed();
  expect(log.expiring()).toEqual({ from: 0, to: 2160, policy: 'bytes' });
  expect(log.expiring(1000)).toEqual({ from: 0, to: 864, policy: 'bytes' });
  expect(log.expiring(431)).toBeNull();
  expect(await log.enforceRetention()).toEqual({ from: 0, to: 2160 });
  expect(log.expiring()).toBeNull();
  expect(log.end - log.start + 3 * 64).toBeLessThanOrEqual(1600);
  expect(await log.enforceRetention()).toBeNull();
  await log.close();
  const tiny = await Log.open('/tiny', {
    files: new MemoryFiles(),
    segmentBytes: 500,
    retention: { bytes: 10 },
  });
  for (let i = 0; i < 5; i++) tiny.append(numbered(i, 100));
  await tiny.flushed();
  expect(await tiny.enforceRetention()).toEqual({ from: 0, to: 432 });
  expect(tiny.end).toBe(540);
});

it('keeps what is younger than the age, at a low rate too', async () => {
  const clock = new SteppedClock();
  const retention = { ageMs: 8 * 86_400_000 };
  const policies = new Set<string | undefined>();
  const log = await Log.open('/log', { files: new MemoryFiles(), clock, retention });
  for (let day = 0; day < 30; day++) {
    clock.nowUs = day * DAY_US + day;
    log.append(numbered(day, 92));
    await log.flushed();
    if (log.expiring() !== null) policies.add(log.expiring()?.policy);
    await log.enforceRetention();
  }
  expect([...policies]).toEqual(['age']);
  const first = (await log.read(log.start)).records[0]!;
  expect(first.offset / 100).toBeGreaterThanOrEqual(30 - 8 - 3);
  expect(first.offset / 100).toBeLessThanOrEqual(30 - 8);
});

it('does not take a clock that was never set, and then is, for age', async () => {
  const clock = new SteppedClock();
  clock.utcOffsetUs = 0;
  const log = await Log.open('/log', {
    files: new MemoryFiles(),
    clock,
    segmentBytes: 200,
    retention: { ageMs: 3_600_000 },
  });
  for (let i = 0; i < 10; i++) log.append(numbered(i, 100));
  await log.flushed();
  clock.utcOffsetUs = YEAR_2026_US;
  clock.nowUs += 60e6;
  expect(await log.enforceRetention()).toBeNull();
  expect(log.start).toBe(0);
});

it('counts age within a boot by the monotonic clock, else by UTC where both ends are real dates', () => {
  const then = { utcUs: YEAR_2026_US, monotonicUs: 5e6, boot: 'a' };
  expect(ageUs(then, { utcUs: 0, monotonicUs: 9e6, boot: 'a' })).toBe(4e6);
  expect(ageUs(then, { utcUs: YEAR_2026_US + 7, monotonicUs: 1, boot: 'b' })).toBe(7);
  expect(ageUs({ ...then, utcUs: 12 }, { utcUs: YEAR_2026_US, monotonicUs: 1, boot: 'b' })).toBeNull();
  expect(ageUs(then, { utcUs: 12, monotonicUs: 1, boot: 'b' })).toBeNull();
});
