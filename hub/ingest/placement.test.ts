import type { ClockAnchor, HeldEpoch, Hello } from '@weir/protocol';
import { describe, expect, it } from 'vitest';
import { EpochEntry, type ClockOffset } from '../registry/epoch.js';
import { Placement } from './placement.js';
import { ClockSource } from './record.js';

const HOUR = 3600e6;
/** UTC at which the hello arrived; the device had been up for an hour. */
const NOW_US = 1_790_000_000e6;
const BOOT_US = NOW_US - HOUR;
const ARRIVAL = { earliestUs: NOW_US - 2000, latestUs: NOW_US };
const SPAN = { firstUs: 10e6, lastUs: 20e6 };
/** An anchor is from 5 s; to the middle of the span and from there to its ends, at 100 ppm. */
const DRIFT_US = 1_000 + 500;
/** From the middle of the span to hello, an hour after boot, and to the ends. */
const HOUR_DRIFT_US = (3600e6 - 15e6) * 1e-4 + 500;

const anchor = (offsetUs: number, uncertaintyUs = 100): ClockAnchor => ({
  monotonicUs: 5e6,
  utcUs: 5e6 + offsetUs,
  uncertaintyUs,
});
const epoch = (id: number, more: Partial<HeldEpoch> = {}): HeldEpoch => ({
  epoch: id,
  held: [1, 100],
  anchor: null,
  deviceUtcUs: null,
  ...more,
});

function placement(
  epochs: HeldEpoch[],
  knownUs: number[] = [],
  entries = epochs.map((each) => new EpochEntry(each.epoch)),
) {
  const hello: Hello = { type: 'hello', version: 1, device: 'd', agent: '', monotonicUs: HOUR, epochs };
  return { placing: new Placement(hello, ARRIVAL, entries, knownUs), entries };
}

const utcOf = (timeUs: number, { offsetUs }: ClockOffset): number => timeUs + offsetUs;

describe('the place of readings in UTC', () => {
  it('is that of the session’s anchor for every epoch of the boot', () => {
    const former = anchor(BOOT_US - 300);
    const { placing } = placement([
      epoch(1, { anchor: former }),
      epoch(2, { anchor: former }),
      epoch(3, { anchor: anchor(BOOT_US - 10 * HOUR) }),
      epoch(4, { anchor: anchor(7) }),
    ]);
    expect(placing.of(0, 1, SPAN)).toEqual({
      offsetUs: BOOT_US - 300,
      uncertaintyUs: 100 + DRIFT_US,
      source: ClockSource.synced,
    });
    expect(placing.clock.anchored(anchor(BOOT_US - 250, 20))).toBe(true);
    for (const index of [0, 1]) {
      expect(placing.of(index, 1, SPAN)).toEqual({
        offsetUs: BOOT_US - 250,
        uncertaintyUs: 20 + DRIFT_US,
        source: ClockSource.synced,
      });
    }
    expect(placing.of(2, 1, SPAN).offsetUs).toBe(BOOT_US - 10 * HOUR);
    // An exchange with a hub that thought it was 1970 places nothing.
    expect(placing.of(3, 1, SPAN).source).toBe(ClockSource.bounded);
  });

  it('takes epochs of one boot by their clock where neither has an anchor', () => {
    const { placing } = placement([epoch(1, { deviceUtcUs: 42 }), epoch(2, { deviceUtcUs: 42 })]);
    placing.clock.anchored(anchor(BOOT_US));
    expect(placing.of(1, 1, SPAN).offsetUs).toBe(BOOT_US);
  });

  it('is bounded by upgrade and arrival before the first anchor', () => {
    const { placing } = placement([epoch(1)]);
    expect(placing.of(0, 1, SPAN)).toEqual({
      offsetUs: BOOT_US - 1000,
      uncertaintyUs: 1000 + HOUR_DRIFT_US,
      source: ClockSource.bounded,
    });
  });

  it('does not believe an anchor that would put the hello before the upgrade or after its arrival', () => {
    const { placing } = placement([epoch(1)]);
    for (const offsetUs of [BOOT_US - 60e6, BOOT_US + 60e6])
      expect(placing.clock.anchored(anchor(offsetUs))).toBe(false);
    expect(placing.of(0, 1, SPAN).source).toBe(ClockSource.bounded);
    expect(placing.clock.anchored(anchor(BOOT_US - 60e6, 61e6))).toBe(true);
  });

  it('is by the device’s clock where that is possible, as uncertain as the clock is now', () => {
    const { placing } = placement([
      epoch(1, { deviceUtcUs: BOOT_US + 30e6 }),
      epoch(2, { deviceUtcUs: BOOT_US - 10 * HOUR }),
      epoch(3, { deviceUtcUs: 0 }),
      epoch(4, { deviceUtcUs: NOW_US + HOUR }),
    ]);
    placing.clock.anchored(anchor(BOOT_US));
    expect(placing.of(1, 1, SPAN)).toEqual({
      offsetUs: BOOT_US - 10 * HOUR,
      uncertaintyUs: 30e6 + 100_000,
      source: ClockSource.device,
    });
    expect(placing.of(2, 1, SPAN).source).toBe(ClockSource.bounded);
    expect(placing.of(3, 1, SPAN).source).toBe(ClockSource.bounded);
  });

  it('otherwise ends the epoch at the boot that followed, and says honestly how far off that may be', () => {
    const knownUs = BOOT_US - 5 * HOUR;
    const { placing } = placement([epoch(1), epoch(2, { held: [1, 100] })], [knownUs, NOW_US]);
    placing.clock.anchored(anchor(BOOT_US));
    // The first of 100 frames of ten seconds each.
    const first = placing.of(1, 1, SPAN);
    expect(first.source).toBe(ClockSource.bounded);
    expect(utcOf(SPAN.lastUs + 99 * 10e6, first)).toBe(BOOT_US);
    // Wherever between the last known reading and the boot it really was, it is within the uncertainty.
    for (const trueOffset of [knownUs - SPAN.firstUs, BOOT_US - SPAN.lastUs]) {
      expect(Math.abs(trueOffset - first.offsetUs)).toBeLessThanOrEqual(first.uncertaintyUs);
    }
  });

  it('leaves room for newer epochs that are as unplaced, and keeps a guess once made', () => {
    const { placing, entries } = placement([
      epoch(1),
      epoch(3, { held: [1, 100] }),
      epoch(2, { held: [1, 50] }),
    ]);
    placing.clock.anchored(anchor(BOOT_US));
    const oldest = placing.of(1, 100, SPAN);
    expect(utcOf(SPAN.lastUs + 50 * 10e6, oldest)).toBe(BOOT_US);
    const [, entry] = entries;
    if (entry !== undefined) entry.guess = { offsetUs: 123, uncertaintyUs: 4, source: ClockSource.bounded };
    expect(placing.of(1, 101, { firstUs: 30e6, lastUs: 40e6 }).offsetUs).toBe(123);
  });

  it('ends before a newer epoch whose place is known', () => {
    const entries = [new EpochEntry(1), new EpochEntry(3), new EpochEntry(2)];
    const newer = entries[2];
    if (newer !== undefined) newer.firstUs = BOOT_US - 20 * HOUR;
    const { placing } = placement(
      [epoch(1), epoch(3, { held: [1, 1] }), epoch(2, { anchor: anchor(BOOT_US - 21 * HOUR) })],
      [],
      entries,
    );
    placing.clock.anchored(anchor(BOOT_US));
    expect(utcOf(SPAN.lastUs, placing.of(1, 1, SPAN))).toBe(BOOT_US - 20 * HOUR);
  });
});
