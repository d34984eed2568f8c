/** A spool with anything wrong in its files: the agent starts, sends what is left as it was, and goes on. */
import type { MemoryFiles } from '@weir/log';
import { ErrorCode, SequenceSet } from '@weir/protocol';
import fc from 'fast-check';
import { expect, it } from 'vitest';
import type { FakeHub } from '../simulation/fake-hub.testing.js';
import { Rig } from '../simulation/rig.testing.js';

/** Such that there are several segments. */
const TEXT_BYTES = 2_000;
const READINGS = 120;
const LATER = 5;

/** An agent that was killed twice, each time with all its readings on disk and none confirmed. */
async function killedTwice(): Promise<Rig> {
  const spool = { dir: '/spool', commitDelayMs: 0, maxBytes: 524_288 };
  const rig = new Rig({ spool, textBytes: TEXT_BYTES });
  rig.wire.up = false;
  for (let run = 0; run < 2; run++) {
    await rig.start();
    await rig.take(READINGS / 2);
    await rig.kill();
  }
  return rig;
}

type Damage = (files: MemoryFiles, path: string) => void;
const share = fc.double({ min: 0, max: 1, maxExcluded: true, noNaN: true });
const place = (bytes: Uint8Array, at: number): number => Math.floor(at * bytes.length);

const damages: fc.Arbitrary<Damage> = fc.oneof(
  fc.tuple(share, fc.integer({ min: 1, max: 255 })).map(([at, mask]): Damage => (files, path) => {
    const bytes = files.contents(path);
    if (bytes.length > 0) files.corrupt(path, place(bytes, at), mask);
  }),
  share.map((at): Damage => (files, path) => {
    const bytes = files.contents(path);
    files.place(path, bytes.slice(0, place(bytes, at)));
  }),
  fc.tuple(share, share).map(([at, length]): Damage => (files, path) => {
    const bytes = files.contents(path).slice();
    bytes.fill(0, place(bytes, at), place(bytes, at) + place(bytes, length));
    files.place(path, bytes);
  }),
  fc
    .tuple(share, fc.uint8Array({ minLength: 1, maxLength: 40 }))
    .map(([at, more]): Damage => (files, path) => {
      const bytes = files.contents(path);
      const cut = place(bytes, at);
      files.place(path, Buffer.concat([bytes.subarray(0, cut), more, bytes.subarray(cut)]));
    }),
  fc.uint8Array({ maxLength: 200 }).map(
    (content): Damage =>
      (files, path) =>
        files.place(path, content),
  ),
);

/** Sequences between 1 and the last that is known, of which the hub was told nothing. */
function unexplained(hub: FakeHub): string[] {
  return [...hub.epochs].flatMap(([epoch, { settled }]) => {
    const told = SequenceSet.from(settled.ranges());
    for (const { lostEpoch, lost } of hub.gaps) if (lostEpoch === epoch) told.add(lost[0], lost[1]);
    const last = told.ranges().at(-1)?.[1] ?? 0;
    return told.missing(1, last).map((range) => `${epoch}: ${range.join('-')}`);
  });
}

/** As the real hub does: readings whose description was in what is damaged are refused, and so accounted for. */
function refuseUndescribed(hub: FakeHub): void {
  hub.refuses = (frame) => {
    if (frame.type !== 'readings') return null;
    const { channels } = hub.epoch(frame.epoch);
    const unknown = frame.columns.find(({ channel }) => !channels.has(channel));
    if (unknown === undefined) return null;
    return { code: ErrorCode.unknownChannel, limit: null, value: unknown.channel, message: 'not described' };
  };
}

it('a damaged spool: what is left is sent once and unchanged, what is lost is told, what comes next is kept', async () => {
  const damage = fc.array(fc.tuple(share, damages), { minLength: 1, maxLength: 4 });
  await fc.assert(
    fc.asyncProperty(damage, async (all) => {
      const rig = await killedTwice();
      refuseUndescribed(rig.hub);
      const names = (await rig.files.list('/spool')).filter((name) => name.endsWith('.log')).sort();
      expect(names.length).toBeGreaterThan(2);
      for (const [which, each] of all) each(rig.files, `/spool/${names[Math.floor(which * names.length)]}`);
      rig.wire.up = true;
      await rig.start();
      await rig.take(LATER);
      await rig.time.until(() => rig.device.stats().backlog_frames === 0, 'drained', 3_600_000);
      const { hub, numbers } = rig;
      expect(hub.violations.filter((each) => !each.endsWith('was not described'))).toEqual([]);
      expect(hub.values.toSorted((a, b) => a - b)).toEqual(
        numbers.filter((each) => hub.values.includes(each)),
      );
      for (const each of numbers.slice(-LATER)) expect(hub.values).toContain(each);
      expect(unexplained(hub)).toEqual([]);
      await rig.stop();
    }),
    { numRuns: 60, endOnFailure: true },
  );
});
