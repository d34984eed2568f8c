/** Whatever happens between device, disk and hub: every frame ends stored or in a gap, and none is stored twice. */
import type { OperationKind } from '@weir/log';
import { SequenceSet } from '@weir/protocol';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type { FakeHub } from './fake-hub.testing.js';
import { Rig, type RigOptions } from './rig.testing.js';
import { settled } from './virtual-time.testing.js';

type Event =
  | { readonly kind: 'take'; readonly count: number; readonly everyMs: number }
  | { readonly kind: 'pass'; readonly ms: number }
  | { readonly kind: 'cut' | 'freeze' | 'down' | 'up' | 'holdAcks' | 'ack' | 'ackNewest' }
  | { readonly kind: 'credit'; readonly credit: number }
  | { readonly kind: 'goodbye'; readonly retryAfterMs: number }
  | { readonly kind: 'fault'; readonly operation: OperationKind; readonly times: number }
  | { readonly kind: 'kill' | 'powerCut' | 'restart' };

const network: fc.Arbitrary<Event>[] = [
  fc.record({
    kind: fc.constant('take' as const),
    count: fc.nat(40),
    everyMs: fc.integer({ min: 1, max: 400 }),
  }),
  fc.record({
    kind: fc.constant('take' as const),
    count: fc.nat(40),
    everyMs: fc.integer({ min: 1, max: 400 }),
  }),
  fc.record({ kind: fc.constant('pass' as const), ms: fc.nat(40_000) }),
  fc.record({ kind: fc.constantFrom('cut', 'freeze', 'down', 'up', 'up', 'holdAcks', 'ack', 'ackNewest') }),
  fc.record({ kind: fc.constant('credit' as const), credit: fc.constantFrom(0, 1, 2, 8, 64) }),
  fc.record({ kind: fc.constant('goodbye' as const), retryAfterMs: fc.nat(20_000) }),
];
const crashes: fc.Arbitrary<Event>[] = [fc.record({ kind: fc.constantFrom('kill', 'powerCut', 'restart') })];

const faults: fc.Arbitrary<Event>[] = [
  fc.record({
    kind: fc.constant('fault' as const),
    operation: fc.constantFrom('write', 'sync', 'read', 'open', 'remove', 'syncDir'),
    times: fc.integer({ min: 1, max: 5 }),
  }),
];

async function happen(rig: Rig, event: Event): Promise<void> {
  const { hub, wire, time } = rig;
  switch (event.kind) {
    case 'take':
      return rig.take(event.count, event.everyMs);
    case 'pass':
      return time.pass(event.ms);
    case 'cut':
      wire.current?.cut();
      break;
    case 'freeze':
      wire.current?.freeze();
      break;
    case 'down':
      wire.up = false;
      wire.current?.cut();
      break;
    case 'up':
      wire.up = true;
      break;
    case 'holdAcks':
      hub.acks = false;
      break;
    case 'ack':
      hub.session?.ackAll();
      break;
    case 'ackNewest':
      hub.session?.ackAll('newest');
      break;
    case 'credit':
      hub.session?.grant(event.credit);
      break;
    case 'fault': {
      let left = event.times;
      rig.files.fault = ({ kind }) => (kind === event.operation && left-- > 0 ? { code: 'EIO' } : null);
      break;
    }
    case 'goodbye':
      hub.session?.send({ type: 'goodbye', code: 1012, retryAfterMs: event.retryAfterMs, message: '' });
      break;
    case 'kill':
      await rig.kill();
      await rig.start();
      break;
    case 'powerCut':
      await rig.powerCut();
      await rig.start();
      break;
    case 'restart':
      await rig.stop();
      await rig.start();
      break;
  }
  await settled();
}

/** All troubles end; the device gets the time it needs. */
async function recover(rig: Rig): Promise<void> {
  rig.wire.up = true;
  rig.hub.acks = true;
  rig.hub.credit = 64;
  rig.hub.session?.grant(64);
  rig.hub.session?.ackAll();
  await rig.time.until(() => rig.device.stats().backlog_frames === 0, 'drained', 3_600_000);
}

function unexplained(hub: FakeHub): string[] {
  return [...hub.epochs].flatMap(([epoch, { settled: known }]) => {
    const explained = SequenceSet.from(known.ranges());
    for (const { lostEpoch, lost } of hub.gaps) if (lostEpoch === epoch) explained.add(lost[0], lost[1]);
    return explained
      .missing(1, explained.ranges().at(-1)?.[1] ?? 0)
      .map(([first, last]) => `${epoch}: ${first}-${last}`);
  });
}

async function run(options: RigOptions, events: readonly Event[]): Promise<Rig> {
  const rig = new Rig({ batch: { maxDelayMs: 20, maxReadings: 1 }, ...options });
  await rig.start();
  for (const event of events) await happen(rig, event);
  await recover(rig);
  expect(rig.hub.violations).toEqual([]);
  expect(new Set(rig.hub.values).size).toBe(rig.hub.values.length);
  return rig;
}

const schedules = (...kinds: fc.Arbitrary<Event>[]): fc.Arbitrary<Event[]> =>
  fc.array(fc.oneof(...kinds), { minLength: 1, maxLength: 30 });

describe('any schedule of troubles', () => {
  it('loses nothing with a spool on disk, crashes and power cuts included', async () => {
    await fc.assert(
      fc.asyncProperty(schedules(...network, ...crashes), fc.nat(), async (events, seed) => {
        const rig = await run({ seed, spool: { dir: '/spool', commitDelayMs: 0 } }, events);
        expect(rig.hub.values.toSorted((a, b) => a - b)).toEqual(rig.numbers);
        expect(rig.hub.gaps).toEqual([]);
        expect(unexplained(rig.hub)).toEqual([]);
      }),
      { numRuns: 150 },
    );
  });

  it('loses nothing to a disk that fails now and then', async () => {
    await fc.assert(
      fc.asyncProperty(schedules(...network, ...faults), fc.nat(), async (events, seed) => {
        const rig = await run({ seed, spool: { dir: '/spool', commitDelayMs: 100 } }, events);
        expect(rig.hub.values.toSorted((a, b) => a - b)).toEqual(rig.numbers);
        expect(unexplained(rig.hub)).toEqual([]);
      }),
      { numRuns: 100 },
    );
  });

  it('loses to a crash only what came within the commit delay', async () => {
    await fc.assert(
      fc.asyncProperty(
        schedules(...network),
        schedules(...network),
        fc.nat(),
        async (before, after, seed) => {
          const rig = new Rig({
            seed,
            spool: { dir: '/spool', commitDelayMs: 2_000 },
            batch: { maxDelayMs: 20, maxReadings: 1 },
          });
          await rig.start();
          for (const event of before) await happen(rig, event);
          const safe = rig.taken;
          await rig.time.pass(2_100);
          await rig.take(10, 50);
          await rig.kill();
          const atRisk = rig.taken;
          await rig.start();
          for (const event of after) await happen(rig, event);
          await recover(rig);
          const missing = rig.numbers.filter((value) => !rig.hub.values.includes(value));
          expect(missing.every((value) => value >= safe && value < atRisk)).toBe(true);
          expect(rig.hub.violations).toEqual([]);
          expect(new Set(rig.hub.values).size).toBe(rig.hub.values.length);
        },
      ),
      { numRuns: 100 },
    );
  });

  it('accounts for every reading when memory is all there is and too small', async () => {
    await fc.assert(
      fc.asyncProperty(schedules(...network), fc.nat(), async (events, seed) => {
        const rig = await run({ seed, memoryBytes: 20_000 }, events);
        const { readings_expired: expired, readings_acked: acked } = rig.device.stats();
        expect(rig.hub.readings).toBeLessThanOrEqual(rig.taken);
        // A frame that was given up in flight may have arrived all the same: then the hub knows better than the gap.
        expect(rig.hub.readings + expired).toBeGreaterThanOrEqual(rig.taken);
        expect(acked + expired).toBe(rig.taken);
        expect(unexplained(rig.hub)).toEqual([]);
      }),
      { numRuns: 150 },
    );
  });

  it('accounts for every reading when the disk is too small, restarts included', async () => {
    await fc.assert(
      fc.asyncProperty(schedules(...network, ...crashes), fc.nat(), async (events, seed) => {
        const rig = new Rig({
          seed,
          spool: { dir: '/spool', commitDelayMs: 0, memoryBytes: 20_000 },
          batch: { maxDelayMs: 20, maxReadings: 1 },
        });
        rig.files.capacityBytes = 3_000;
        await rig.start();
        for (const event of events) {
          // A crash while frames are in memory alone may take them along: here they are on disk, sent or expired.
          if (['kill', 'powerCut', 'restart'].includes(event.kind)) {
            rig.files.capacityBytes = Infinity;
            await rig.time.pass(3_000);
          }
          await happen(rig, event);
          rig.files.capacityBytes = 6_000;
        }
        rig.files.capacityBytes = Infinity;
        await recover(rig);
        expect(rig.hub.violations).toEqual([]);
        expect(new Set(rig.hub.values).size).toBe(rig.hub.values.length);
        expect(unexplained(rig.hub)).toEqual([]);
      }),
      { numRuns: 100 },
    );
  });

  it('accounts for every reading when the spool is bounded, crashes and power cuts included', async () => {
    await fc.assert(
      fc.asyncProperty(schedules(...network, ...crashes), fc.nat(), async (events, seed) => {
        const spool = { dir: '/spool', commitDelayMs: 0, maxBytes: 200_000, memoryBytes: 50_000 };
        const rig = await run({ seed, spool, textBytes: 3_000 }, events);
        const stored = new Set(rig.hub.values);
        const missing = rig.numbers.filter((value) => !stored.has(value)).length;
        const told = rig.hub.gaps.reduce((sum, { lost }) => sum + lost[1] - lost[0] + 1, 0);
        expect(missing).toBeLessThanOrEqual(told);
        expect(unexplained(rig.hub)).toEqual([]);
      }),
      { numRuns: 100 },
    );
  });
});
