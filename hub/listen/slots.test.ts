import { fullJitter, seededEntropy, type Clock, type Entropy } from '@weir/runtime';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { mostWithin, play, type Answer, type CrowdOptions } from './crowd.testing.js';
import { Returns } from './returns.js';
import { Slots } from './slots.js';

const FLEET = 15_000;
const PER_SECOND = 500;
const FLEET_S = FLEET / PER_SECOND;

/** As the agent does it: full jitter while nobody is there, then what the hub says. */
function patient(answer: Exclude<Answer, null>, attempt: number, entropy: Entropy): number {
  if (answer === 'unreachable') return fullJitter(attempt, { baseMs: 500, capMs: 30_000 }, entropy);
  return Math.max(250, answer.afterMs);
}

/** The fleet after the hub's death at time 0: each device tries at once, with full jitter. */
const afterCrash: CrowdOptions = {
  devices: FLEET,
  perSecond: PER_SECOND,
  upAtMs: 2_500,
  firstMs: (_, entropy) => entropy.unit() * 500,
  retryMs: patient,
};

/** Every admission has a slot of its own, none before its time: the bound at any time, from the start and in any window. */
function expectPace(admittedMs: readonly number[], perSecond: number, upAtMs: number): void {
  for (const [index, atMs] of admittedMs.entries())
    expect(index).toBeLessThanOrEqual(((atMs - upAtMs) / 1000 + 2.1) * perSecond + 1);
  for (const seconds of [1, 5, 20])
    expect(mostWithin(admittedMs, seconds * 1000)).toBeLessThanOrEqual((seconds + 8) * perSecond);
}

describe('15,000 devices and a hub that takes 500 a second', () => {
  it('after a crash are all in as soon as the rate allows, none refused more than once', () => {
    const { admittedMs, refusals } = play(afterCrash);
    expect(admittedMs).toHaveLength(FLEET);
    expect(Math.max(...refusals)).toBe(1);
    // The last of those who waited for the hub, with delays grown meanwhile, may come later than the queue ends.
    expect(admittedMs.at(-1)! / 1000).toBeLessThan(2.5 + FLEET_S + 5);
    expectPace(admittedMs, PER_SECOND, 2_500);
  });

  it('told to go come back one after the other and are not refused at all', () => {
    const returns = new Returns(4_000, PER_SECOND);
    const { admittedMs, refusals } = play({ ...afterCrash, firstMs: () => returns.take() });
    expect(admittedMs).toHaveLength(FLEET);
    expect(Math.max(...refusals)).toBe(0);
    expect(admittedMs[0]).toBeGreaterThanOrEqual(4_000);
    expect(admittedMs.at(-1)! / 1000).toBeLessThan(4 + FLEET_S + 1);
    expect(mostWithin(admittedMs, 1_000)).toBeLessThan(1.2 * PER_SECOND);
  });

  it('told to go by a hub that comes back late are in soon after', () => {
    const returns = new Returns(4_000, PER_SECOND);
    const { admittedMs, refusals } = play({
      ...afterCrash,
      upAtMs: 20_000,
      firstMs: () => returns.take(),
    });
    expect(admittedMs).toHaveLength(FLEET);
    expect(Math.max(...refusals)).toBeLessThanOrEqual(1);
    // Whoever tried in vain for 16 s is up to 16 s late.
    expect(admittedMs.at(-1)! / 1000).toBeLessThan(20 + FLEET_S + 16);
    expectPace(admittedMs, PER_SECOND, 20_000);
  });

  it('on a slow network, up to 3 s from an attempt to its arrival, are refused once at most all the same', () => {
    const { admittedMs, refusals } = play({ ...afterCrash, latencyMs: 3_000 });
    expect(admittedMs).toHaveLength(FLEET);
    expect(Math.max(...refusals)).toBe(1);
    expectPace(admittedMs, PER_SECOND, 2_500);
  });

  it('that know no tickets, and count in whole seconds, are in after some more tries', () => {
    const retryMs: CrowdOptions['retryMs'] = (answer, attempt, entropy) =>
      answer === 'unreachable'
        ? patient(answer, attempt, entropy)
        : Math.max(1, Math.ceil(answer.afterMs / 1000)) * 1000;
    const { admittedMs, refusals } = play({ ...afterCrash, shows: false, retryMs });
    expect(admittedMs).toHaveLength(FLEET);
    expect(Math.max(...refusals)).toBeLessThanOrEqual(4);
    expect(admittedMs.at(-1)! / 1000).toBeLessThan(2.5 + 2.5 * FLEET_S);
    expectPace(admittedMs, PER_SECOND, 2_500);
  });

  it('of which half never come again after they were told when: the others wait no longer', () => {
    let told = 0;
    const retryMs: CrowdOptions['retryMs'] = (answer, attempt, entropy) =>
      answer !== 'unreachable' && told++ % 2 === 0 ? null : patient(answer, attempt, entropy);
    const { admittedMs, refusals } = play({ ...afterCrash, retryMs });
    expect(admittedMs.length).toBeGreaterThan(FLEET / 2);
    expect(Math.max(...refusals)).toBe(1);
    expect(admittedMs.at(-1)! / 1000).toBeLessThan(2.5 + FLEET_S + 5);
  });

  it('and somebody who knocks a hundred times a second without a ticket: the others are refused once at most', () => {
    const { admittedMs, refusals } = play({
      ...afterCrash,
      devices: FLEET + 3_000,
      // The knocks, by which 3,000 slots are booked that nobody comes for.
      firstMs: (device, entropy) => (device < FLEET ? entropy.unit() * 500 : 2_500 + (device - FLEET) * 10),
      retryMs: (answer, attempt, entropy, device) =>
        device < FLEET ? patient(answer, attempt, entropy) : null,
    });
    expect(Math.max(...refusals)).toBe(1);
    expect(admittedMs.length).toBeGreaterThanOrEqual(FLEET);
    expect(admittedMs.at(-1)! / 1000).toBeLessThan(2.5 + FLEET_S + 3_000 / PER_SECOND + 5);
  });

  it('with room for a thousand bookings only, are all in, though not with one refusal', () => {
    const { admittedMs } = play({ ...afterCrash, waiting: 1_000 });
    expect(admittedMs).toHaveLength(FLEET);
    expectPace(admittedMs, PER_SECOND, 2_500);
  });
});

class ManualClock implements Clock {
  nowUs = 7e9;
  monotonicUs(): number {
    return this.nowUs;
  }
  utcUs(): number {
    return this.nowUs;
  }
}

function slotsAt(perSecond: number, waiting = 100): { clock: ManualClock; slots: Slots } {
  const clock = new ManualClock();
  return { clock, slots: new Slots({ perSecond, waiting, clock, entropy: seededEntropy(3) }) };
}

describe('a slot', () => {
  it('is free at once when nobody waits, two seconds worth of them after a pause', () => {
    const { clock, slots } = slotsAt(10);
    clock.nowUs += 3_600e6;
    const answers = Array.from({ length: 30 }, () => slots.arrive(null));
    expect(answers.filter((answer) => answer === null)).toHaveLength(20);
    expect(answers.slice(20).map((booking) => booking?.afterMs)).toEqual(
      Array.from({ length: 10 }, (_, i) => (i + 1) * 100),
    );
  });

  it('is kept for its ticket, once, and not for another', () => {
    const { clock, slots } = slotsAt(1);
    while (slots.arrive(null) === null);
    const { afterMs = 0, ticket = null } = slots.arrive(null) ?? {};
    expect(slots.arrive(ticket)).toEqual({ afterMs, ticket });
    clock.nowUs += 1000 * afterMs;
    expect(slots.arrive(`${ticket!.split('.')[0]}.1`)).not.toBeNull();
    expect(slots.arrive(ticket)).toBeNull();
    expect(slots.arrive(ticket)).not.toBeNull();
  });

  it('whose ticket comes too late is somebody else’s', () => {
    const { clock, slots } = slotsAt(1);
    while (slots.arrive(null) === null);
    const { afterMs = 0, ticket = null } = slots.arrive(null) ?? {};
    clock.nowUs += 1000 * afterMs + 7e6;
    expect(slots.arrive(null)).toBeNull();
    while (slots.arrive(null) === null);
    expect(slots.arrive(ticket)).not.toBeNull();
  });

  it.each(['', '.', 'a', 'zzzzzzzzzz.zzzzzzz', '0.0', '-1.5', 'a.b.c', '1e3.1', '😀'])(
    'is not had for %j',
    (ticket) => {
      const { slots } = slotsAt(1);
      while (slots.arrive(null) === null);
      expect(slots.arrive(ticket)).not.toBeNull();
    },
  );

  it('is never had by two, whatever comes when', () => {
    const steps = fc.array(fc.record({ waitMs: fc.nat(2_000), shows: fc.boolean() }), { maxLength: 400 });
    fc.assert(
      fc.property(steps, fc.constantFrom(0.5, 1, 3, 50), (all, perSecond) => {
        const { clock, slots } = slotsAt(perSecond, 5);
        const startUs = clock.nowUs;
        const tickets: (string | null)[] = [];
        let admitted = 0;
        for (const { waitMs, shows } of all) {
          clock.nowUs += waitMs * 1000;
          const booking = slots.arrive(shows ? (tickets.shift() ?? null) : null);
          if (booking === null) admitted++;
          else {
            expect(booking.afterMs).toBeGreaterThanOrEqual(0);
            tickets.push(booking.ticket);
          }
          const seconds = (clock.nowUs - startUs) / 1e6;
          expect(admitted).toBeLessThanOrEqual((seconds + 2.1) * perSecond + 1);
        }
      }),
    );
  });
});
