/** Whatever clocks and networks do: a reading's true time is within the uncertainty that is stored with it. */
import type { ClockAnchor } from '@weir/protocol';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { BootClock } from './boot-clock.js';
import type { Span } from './offset-bounds.js';
import { ClockSource } from './record.js';

const START_US = 1_790_000_000e6;

/** A device and a hub with clocks of their own. True time is the hub's, as it is in the end. */
class World {
  ppm = 0;
  trueUs = START_US;
  monotonicUs = 3600e6;
  /** What the hub's clock shows more than the true time. */
  wrongUs: number;
  /** Moments of the device's life: its clock, and the true time. */
  readonly moments: { monotonicUs: number; trueUs: number }[] = [];

  constructor(wrongUs = 0) {
    this.wrongUs = wrongUs;
  }

  get hubUs(): number {
    return Math.round(this.trueUs + this.wrongUs);
  }

  pass(us: number): void {
    this.trueUs += us;
    this.monotonicUs += us * (1 + this.ppm * 1e-6);
    this.moments.push({ monotonicUs: this.monotonicUs, trueUs: this.trueUs });
  }

  /** One exchange; what the device then takes for true at the present time. */
  exchange(outUs: number, backUs: number): ClockAnchor {
    const sentUs = this.monotonicUs;
    this.pass(outUs);
    const hubUs = this.hubUs;
    this.pass(backUs);
    const offsetUs = hubUs - (sentUs + this.monotonicUs) / 2;
    const tripUs = this.monotonicUs - sentUs;
    return {
      monotonicUs: Math.round(this.monotonicUs),
      utcUs: Math.round(this.monotonicUs + offsetUs),
      uncertaintyUs: Math.ceil(tripUs / 2 + 1e-4 * tripUs) + 1,
    };
  }
}

/** How far the moments within a span are off beyond what is stored with them; at most 0 where that is honest. */
function excessUs(world: World, clock: BootClock, span: Span): number {
  const { offsetUs, uncertaintyUs } = clock.of(0, span);
  let worstUs = -Infinity;
  for (const { monotonicUs, trueUs } of world.moments) {
    if (monotonicUs < span.firstUs || monotonicUs > span.lastUs) continue;
    worstUs = Math.max(worstUs, Math.abs(monotonicUs + offsetUs - trueUs) - uncertaintyUs);
  }
  return worstUs;
}

const way = fc.nat(500_000);
const ppm = fc.integer({ min: -99, max: 99 });
const pause = fc.integer({ min: 1, max: 3 * 86_400 }).map((s) => s * 1e6);
/** More than the uncertainty of any exchange, twice, and what passes meanwhile. */
const SHOWS_US = 10e6;
/** What a device may reckon with is younger. */
const EXCHANGE_US = 200e6;
const life = fc.array(fc.record({ pause, ppm, out: way, back: way }), { minLength: 1, maxLength: 12 });

/** Lives through pauses and exchanges, as a device that takes a reading after each pause. */
function live(world: World, each: { pause: number; ppm: number }): Span {
  world.ppm = each.ppm;
  const firstUs = world.monotonicUs;
  world.pass(each.pause / 2);
  world.pass(each.pause / 2);
  return { firstUs, lastUs: world.monotonicUs };
}

describe('the clock of a boot', () => {
  it('is never further off than it says, before the first exchange, between any two, and long after', () => {
    fc.assert(
      fc.property(life, life, way, (before, during, upgrade) => {
        const world = new World();
        const spans: Span[] = [];
        let fromHello: ClockAnchor | null = null;
        for (const each of before) {
          spans.push(live(world, each));
          if (each.out % 2 === 0) fromHello = world.exchange(each.out, each.back);
        }
        const earliestUs = world.hubUs;
        world.pass(upgrade);
        const helloUs = Math.round(world.monotonicUs);
        world.pass(upgrade);
        const clock = new BootClock(helloUs, { earliestUs, latestUs: world.hubUs }, fromHello);
        const check = (): void => {
          for (const span of spans) expect(excessUs(world, clock, span)).toBeLessThanOrEqual(1);
        };
        check();
        for (const each of during) {
          expect(clock.anchored(world.exchange(each.out, each.back))).toBe(true);
          clock.told();
          check();
          spans.push(live(world, each));
          check();
        }
      }),
      { numRuns: 300 },
    );
  });

  it('stays honest when the hub’s clock is set, and is as good as before once the device shows that it knows', () => {
    const step = fc.oneof(fc.integer({ min: -5e10, max: 5e10 }), fc.integer({ min: -400_000, max: 400_000 }));
    fc.assert(
      fc.property(step, life, fc.boolean(), (stepUs, during, stoodStill) => {
        // The clock was wrong all along, or right until the hub's machine stood still for a while.
        const world = new World(stoodStill ? 0 : -stepUs);
        const fromHello = world.exchange(900, 1_100);
        const arrival = { earliestUs: world.hubUs - 1_000, latestUs: world.hubUs };
        const clock = new BootClock(Math.round(world.monotonicUs), arrival, fromHello);
        for (const each of during) {
          clock.anchored(world.exchange(each.out, each.back));
          clock.told();
          clock.of(0, live(world, { ...each, pause: 20e6 }));
        }
        const stale = world.exchange(1_000, 1_000);
        world.wrongUs = 0;
        clock.stepped(stepUs);
        const between = live(world, { pause: 10e6, ppm: 50 });
        expect(excessUs(world, clock, between)).toBeLessThanOrEqual(1);
        expect(clock.of(0, between).source).toBe(ClockSource.bounded);
        // The next probe still brings what the device knew before; the one after it does not.
        expect(clock.anchored(stale)).toBe(true);
        clock.told();
        expect(excessUs(world, clock, between)).toBeLessThanOrEqual(1);
        expect(clock.anchored(world.exchange(1_000, 1_000))).toBe(true);
        world.pass(1e6);
        const after = live(world, { pause: 10e6, ppm: -50 });
        expect(excessUs(world, clock, after)).toBeLessThanOrEqual(1);
        // A step within what was uncertain before does not show, nor does one that only the hub saw.
        if (stoodStill || Math.abs(stepUs) < SHOWS_US) {
          world.pass(EXCHANGE_US);
          clock.anchored(world.exchange(1_000, 1_000));
        }
        const later = live(world, { pause: 10e6, ppm: -50 });
        expect(excessUs(world, clock, later)).toBeLessThanOrEqual(1);
        expect(clock.of(0, later)).toMatchObject({ source: ClockSource.synced });
        expect(clock.of(0, later).uncertaintyUs).toBeLessThan(5_000);
      }),
      { numRuns: 300 },
    );
  });

  it.each([60_000, -60_000])(
    'takes no exchange for one by the new time that may be of before a step of %d us',
    (stepUs) => {
      const world = new World(-stepUs);
      const clock = new BootClock(
        Math.round(world.monotonicUs),
        { earliestUs: world.hubUs, latestUs: world.hubUs },
        null,
      );
      clock.anchored(world.exchange(50_000, 50_000));
      clock.told();
      const best = world.exchange(20_000, 20_000);
      world.wrongUs = 0;
      clock.stepped(stepUs);
      clock.told();
      // What the device hears now is too uncertain to contradict what it knows, which it holds to.
      for (let exchanges = 0; exchanges < 9; exchanges++) {
        const span = live(world, { pause: 20e6, ppm: 50 });
        const ageUs = world.monotonicUs - best.monotonicUs;
        const monotonicUs = Math.round(world.monotonicUs);
        const uncertaintyUs = best.uncertaintyUs + Math.ceil(1e-4 * ageUs);
        clock.anchored({ monotonicUs, utcUs: best.utcUs + monotonicUs - best.monotonicUs, uncertaintyUs });
        clock.told();
        expect(excessUs(world, clock, span)).toBeLessThanOrEqual(1);
      }
      // Its exchanges of before are over 180 s old.
      world.pass(40e6);
      clock.anchored(world.exchange(20_000, 20_000));
      const after = live(world, { pause: 10e6, ppm: 50 });
      expect(excessUs(world, clock, after)).toBeLessThanOrEqual(1);
      expect(clock.of(0, after).source).toBe(ClockSource.synced);
    },
  );

  it('knows what the crystal drifted by between two exchanges, and so the times in the middle of an outage', () => {
    const world = new World();
    const before = world.exchange(1_000, 1_000);
    const firstUs = world.monotonicUs;
    for (let hour = 0; hour < 10 * 24; hour++) live(world, { pause: 3600e6, ppm: 60 });
    const middleUs = (firstUs + world.monotonicUs) / 2;
    const arrival = { earliestUs: world.hubUs, latestUs: world.hubUs, steadySinceUs: START_US - 1e9 };
    const clock = new BootClock(Math.round(world.monotonicUs), arrival, before);
    clock.anchored(world.exchange(1_000, 1_000));
    const { offsetUs, uncertaintyUs } = clock.of(0, { firstUs: middleUs, lastUs: middleUs });
    const trueOffsetUs = START_US - 3600e6 + (middleUs - 3600e6) * (1 / (1 + 60e-6) - 1);
    // 60 ppm of five days are 26 s; by the later exchange alone it would be off by as much.
    expect(Math.abs(offsetUs - trueOffsetUs)).toBeLessThan(1_000_000);
    expect(uncertaintyUs).toBeLessThan(0.5 * 1e-4 * 5 * 86_400e6);
  });

  it('does not let the times of a session go back when a better exchange moves them', () => {
    const clock = new BootClock(0, { earliestUs: START_US, latestUs: START_US }, null);
    const anchor = (offsetUs: number, uncertaintyUs: number): ClockAnchor => {
      return { monotonicUs: 1e6, utcUs: 1e6 + offsetUs, uncertaintyUs };
    };
    clock.anchored(anchor(START_US, 40_000));
    const first = clock.of(0, { firstUs: 1e6, lastUs: 1.1e6 });
    clock.anchored(anchor(START_US - 30_000, 1_000));
    const second = clock.of(0, { firstUs: 1.11e6, lastUs: 1.2e6 });
    expect(1.11e6 + second.offsetUs).toBeGreaterThanOrEqual(1.1e6 + first.offsetUs);
    // It is back where it should be once there is room, and says until then that it is not.
    expect(second.uncertaintyUs).toBeGreaterThanOrEqual(second.offsetUs - (START_US - 30_000));
    expect(clock.of(0, { firstUs: 4e6, lastUs: 4.1e6 }).offsetUs).toBe(START_US - 30_000);
  });
});
