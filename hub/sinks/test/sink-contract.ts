/** What every sink does. Each implementation brings a way to read its store back. */
import { makeFolder } from '@weir/testing';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import type { ReadingValue } from '@weir/protocol';
import type { Sink } from '../sink.js';
import { DOOR, MESSAGE, SampleLog, TEMPERATURE, type ExpectedReading } from './sample-log.js';

/** A reading as a store gives it back; what it does not keep is left out. */
export type StoredReading = Partial<Omit<ExpectedReading, 'value'>> & {
  readonly channel: string;
  readonly timeUs: number;
  readonly value: ReadingValue;
};

export interface SinkHarness {
  /** The sink on an empty store, not yet open. */
  readonly make: (folder: string) => Promise<Sink>;
  /** All readings of the store; called while the sink is closed. */
  readonly read: () => Promise<StoredReading[]>;
  /** What the store is able to keep of a reading; null when it keeps none of it. */
  readonly keeps: (reading: ExpectedReading) => StoredReading | null;
  /** Numbers that it keeps exactly. */
  readonly numbers?: readonly number[];
}

const LINE_BREAKERS = [
  '',
  '"',
  '\\',
  'a\\',
  'a,b=c d',
  'zwei\nZeilen',
  '\u{1F321}\u00E9',
  ' value=1 ',
  '#',
  '\u0000nul',
];

const NUMBERS = [
  0,
  21.57,
  -273.15,
  1e-9,
  0.1 + 0.2,
  1 / 3,
  1e21,
  5e-324,
  Number.MAX_VALUE,
  Number.MAX_SAFE_INTEGER,
];

export function describeSink(name: string, { make, read, keeps, numbers = NUMBERS }: SinkHarness): void {
  describe(`${name} as a sink`, () => {
    let folder: Awaited<ReturnType<typeof makeFolder>>;
    let sample: SampleLog;
    let sink: Sink;

    beforeEach(async () => {
      folder = await makeFolder();
      sample = await SampleLog.open(`${folder.path}/log`);
      sink = await make(folder.path);
    });
    afterEach(async () => {
      await sink.close();
      await sample.close();
      await folder.remove();
    });

    async function writeAll(readings?: number): Promise<void> {
      const cursor = await sink.open();
      for (const batch of await sample.batches(cursor, readings)) await sink.write(batch);
      await sink.close();
    }
    const byPlace = (a: StoredReading, b: StoredReading): number =>
      // A store of whole ms gives those of one ms in any order.
      a.channel.localeCompare(b.channel) || a.timeUs - b.timeUs || Number(a.value) - Number(b.value);
    async function expectAll(): Promise<void> {
      const stored = (await read()).sort(byPlace);
      const expected = sample.expected.flatMap((each) => keeps(each) ?? []).sort(byPlace);
      expect(stored.length).toBe(expected.length);
      for (const [i, reading] of expected.entries()) expect(stored[i]).toEqual(reading);
    }

    it('begins at 0 and keeps its cursor', async () => {
      expect(await sink.open()).toBe(0);
      await sink.close();
      sample.fill(3);
      await writeAll();
      expect(await sink.open()).toBe(sample.log.durable);
    });

    it('gives each reading back as it was: value, type, time, names', async () => {
      sample.fill(500);
      await writeAll();
      await expectAll();
    });

    it('keeps numbers exactly', async () => {
      const times = numbers.map((_, i) => i * 1_000);
      sample.append({ seq: 1, columns: [{ series: TEMPERATURE, times, values: [...numbers] }] });
      await writeAll();
      await expectAll();
    });

    it('keeps texts exactly', async () => {
      const times = LINE_BREAKERS.map((_, i) => i * 1_000);
      sample.append({ seq: 1, columns: [{ series: MESSAGE, times, values: LINE_BREAKERS }] });
      await writeAll();
      await expectAll();
    });

    it('keeps times to the microsecond, before 1970 too', async () => {
      const column = { series: TEMPERATURE, times: [0, 1, 2, 999, 1_001], values: [1, 2, 3, 4, 5] };
      sample.append({ seq: 1, columns: [column] });
      sample.append({ seq: 2, offsetUs: 1_800_000_000_000_000, columns: [column] });
      sample.append({ seq: 3, offsetUs: -86_400_000_001, columns: [column] });
      await writeAll();
      await expectAll();
    });

    it('takes frames of thousands of readings of several types', async () => {
      const times = Array.from({ length: 3_000 }, (_, i) => i * 1_000);
      sample.append({
        seq: 1,
        columns: [
          { series: TEMPERATURE, times, values: times.map((each) => ((each * 7) % 9_973) / 100) },
          { series: DOOR, times, values: times.map((each) => each % 3_000 === 0) },
          { series: MESSAGE, times, values: times.map((each) => `at ${each}`) },
        ],
      });
      await writeAll();
      await expectAll();
    });

    it('moves its cursor over records without readings', async () => {
      sample.appendDevice();
      await writeAll();
      expect(await sink.open()).toBe(sample.log.durable);
      await sink.close();
      expect(await read()).toEqual([]);
    });

    it('goes on where it was after being opened again', async () => {
      for (let part = 0; part < 4; part++) {
        sample.fill(20, 1 + part * 20);
        await writeAll(37);
      }
      await expectAll();
    });
  });
}
