/**
 * Whatever happens, what was called durable is there afterwards, nothing torn is read, and the order is kept.
 */
import fc from 'fast-check';
import { seededEntropy } from '@weir/runtime';
import type { Entropy } from '@weir/runtime';
import { expect, it } from 'vitest';
import { ManualTimers, numbered, readAll, settle } from './harness.js';
import { Log } from './log.js';
import { MemoryFiles } from './memory-files.js';
import { segmentPath } from './segment.js';

/** More for a night: LOG_TRIALS=100000. */
const RUNS = Number(process.env.LOG_TRIALS ?? 500);

interface Kept {
  readonly offset: number;
  readonly data: Uint8Array;
}

type Step =
  | { readonly kind: 'append'; readonly sizes: readonly number[] }
  | { readonly kind: 'settle'; readonly turns: number }
  | { readonly kind: 'flush' }
  | { readonly kind: 'reopen' }
  | { readonly kind: 'drop'; readonly part: number }
  /** After so many more operations of the file system: an error of this code once, or for the crash `stop`. */
  | { readonly kind: 'fault'; readonly after: number; readonly code: string; readonly bytes: number }
  | { readonly kind: 'crash'; readonly seed: number; readonly power: boolean };

const steps: fc.Arbitrary<Step> = fc.oneof(
  {
    weight: 6,
    arbitrary: fc.record({
      kind: fc.constant('append' as const),
      sizes: fc.array(fc.nat(700), { maxLength: 8 }),
    }),
  },
  { weight: 3, arbitrary: fc.record({ kind: fc.constant('settle' as const), turns: fc.nat(40) }) },
  { weight: 3, arbitrary: fc.record({ kind: fc.constant('flush' as const) }) },
  { weight: 1, arbitrary: fc.record({ kind: fc.constant('reopen' as const) }) },
  {
    weight: 1,
    arbitrary: fc.record({
      kind: fc.constant('drop' as const),
      part: fc.double({ min: 0, max: 1, noNaN: true }),
    }),
  },
  {
    weight: 2,
    arbitrary: fc.record({
      kind: fc.constant('fault' as const),
      after: fc.nat(12),
      code: fc.constantFrom('EIO', 'ENOSPC', 'stop'),
      bytes: fc.nat(900),
    }),
  },
  {
    weight: 2,
    arbitrary: fc.record({ kind: fc.constant('crash' as const), seed: fc.nat(), power: fc.boolean() }),
  },
);

/** A log beside the list of what it was given and what it has confirmed. */
class Trial {
  readonly files = new MemoryFiles();
  readonly timers = new ManualTimers();
  readonly segmentBytes: number;
  log: Log | null = null;
  appended: Kept[] = [];
  confirmed = 0;
  dropped = 0;
  count = 0;

  constructor(segmentBytes: number) {
    this.segmentBytes = segmentBytes;
  }

  async open(): Promise<Log> {
    const { timers, segmentBytes } = this;
    const files = this.files.forProcess();
    const log = await Log.open('/log', { files, timers, segmentBytes });
    log.onDurable((durable) => {
      if (this.log === log) this.confirmed = durable;
    });
    return (this.log = log);
  }

  async take(step: Step): Promise<void> {
    const log = this.log ?? (await this.recovered());
    switch (step.kind) {
      case 'append':
        for (const size of step.sizes) this.#append(log, size);
        break;
      case 'settle':
        await settle(step.turns);
        break;
      case 'flush':
        await this.#flush(log);
        break;
      case 'drop':
        this.dropped = Math.max(this.dropped, Math.floor(step.part * log.durable));
        await log.dropBefore(this.dropped).catch(() => undefined);
        break;
      case 'reopen':
        await log.close().catch(() => undefined);
        this.crash(null);
        break;
      case 'fault':
        this.#arm(step);
        break;
      case 'crash':
        this.crash(step.power ? seededEntropy(step.seed) : null);
    }
  }

  /** The process ends, or with `chance` the whole machine. */
  crash(chance: Entropy | null): void {
    this.files.fault = null;
    if (chance === null) this.files.kill();
    else this.files.powerCut(chance);
    this.log = null;
  }

  /** Opens what a crash left and holds it against the list. */
  async recovered(): Promise<Log> {
    const { confirmed, dropped } = this;
    const log = await this.open();
    expect(log.durable).toBeGreaterThanOrEqual(confirmed);
    expect(log.start).toBeLessThanOrEqual(dropped);
    const confirmedRecords = this.appended.filter(({ offset }) => offset < confirmed);
    const { records, skipped } = await readAll((at) => log.read(at), log.start, log.durable);
    const damaged = [
      ...log.problems.map(({ offset, length }) => ({ from: offset, to: offset + length })),
      ...skipped,
    ];
    // A crash may leave a hole in what was never confirmed; it is told each time the log is opened.
    for (const { from, to } of damaged) {
      expect(confirmedRecords.filter(({ offset }) => offset >= from && offset < to)).toEqual([]);
    }
    expect(log.problems.map(({ reason }) => reason)).not.toContain('missing bytes');
    const kept = records.map(({ offset, data }) => ({ offset, data }));
    const offsets = new Set(kept.map(({ offset }) => offset));
    // Of the unconfirmed ones some may be there, each whole and at its place; of the confirmed ones, all.
    const expected = this.appended.filter(({ offset }) => {
      return offset >= log.start && (offset < confirmed || offsets.has(offset));
    });
    expect(kept).toEqual(expected);
    this.appended = kept;
    this.confirmed = log.durable;
    return log;
  }

  #append(log: Log, size: number): void {
    const data = numbered(this.count++, size);
    this.appended.push({ offset: log.end, data });
    log.append(data);
  }

  async #flush(log: Log): Promise<void> {
    for (let i = 0; i < 20 && log.durable < log.end; i++) {
      await settle();
      this.timers.fire();
    }
  }

  #arm({ after, code, bytes }: { after: number; code: string; bytes: number }): void {
    let left = after;
    this.files.fault = () => {
      if (left-- > 0) return null;
      this.files.fault = null;
      return code === 'stop' ? { stop: bytes } : { code, bytes };
    };
  }
}

it('keeps what it confirmed through any appends, faults, crashes and drops', async () => {
  const runs = fc.tuple(fc.array(steps, { maxLength: 40 }), fc.integer({ min: 200, max: 5000 }));
  await fc.assert(
    fc.asyncProperty(runs, async ([sequence, segmentBytes]) => {
      const trial = new Trial(segmentBytes);
      for (const step of sequence) await trial.take(step);
      trial.crash(seededEntropy(sequence.length));
      await trial.recovered();
    }),
    { numRuns: RUNS },
  );
});

it('keeps what it confirmed when stopped at any byte of its writes', async () => {
  const sizes = [0, 30, 5, 200, 26, 26, 90];
  let byte = 0;
  for (; ; byte++) {
    const trial = new Trial(300);
    await trial.open();
    let written = 0;
    trial.files.fault = ({ kind, bytes }) => {
      if (kind !== 'write') return null;
      written += bytes;
      return written <= byte ? null : { stop: byte - (written - bytes) };
    };
    for (const size of sizes) {
      await trial.take({ kind: 'append', sizes: [size, size] });
      await settle(60);
    }
    trial.crash(byte % 2 === 0 ? null : seededEntropy(byte));
    await trial.recovered();
    if (written <= byte) break;
  }
  expect(byte).toBeGreaterThan(2 * sizes.reduce((sum, size) => sum + size + 8, 0));
});

it.each([true, false])(
  'keeps what it confirmed when stopped at any operation of opening and going on, power cut: %s',
  async (power) => {
    for (let operations = 0; ; operations++) {
      const trial = new Trial(250);
      await trial.open();
      await trial.take({ kind: 'append', sizes: [100, 20, 100, 30, 100] });
      await trial.take({ kind: 'flush' });
      await trial.take({ kind: 'append', sizes: [100, 100] });
      await settle(operations % 30);
      trial.crash(power ? seededEntropy(operations) : null);
      let left = operations;
      trial.files.fault = () => (left-- > 0 ? null : { stop: operations });
      await trial.take({ kind: 'append', sizes: [50, 200] }).catch(() => undefined);
      await settle(300);
      const stopped = left < 0;
      trial.crash(power ? seededEntropy(operations + 1) : null);
      await trial.take({ kind: 'append', sizes: [10, 300, 10] });
      await trial.take({ kind: 'flush' });
      // Exactly what was synced is left.
      trial.files.powerCut();
      trial.log = null;
      await trial.recovered();
      if (!stopped) break;
      expect(operations).toBeLessThan(500);
    }
  },
);

it('cuts a torn tail off, and tells it once', async () => {
  const files = new MemoryFiles();
  const log = await Log.open('/log', { files });
  log.append(numbered(0, 50));
  await log.flushed();
  let writes = 1;
  files.fault = ({ kind }) => (kind === 'write' && writes-- > 0 ? { stop: 30 } : null);
  log.append(numbered(1, 50));
  await settle();
  files.kill();
  const path = segmentPath('/log', 0);
  expect(files.contents(path).length).toBe(64 + 58 + 30);
  const again = await Log.open('/log', { files });
  expect(again.problems).toEqual([
    { file: path, position: 122, offset: 58, length: 30, reason: 'torn tail' },
  ]);
  expect([files.contents(path).length, again.end]).toEqual([122, 58]);
  await again.close();
  expect((await Log.open('/log', { files })).problems).toEqual([]);
});

it.each(['sync', 'syncDir'] as const)(
  'opens with what is on the disk, after a process killed before its %s',
  async (kind) => {
    const files = new MemoryFiles();
    const log = await Log.open('/log', { files });
    if (kind === 'sync') log.append(numbered(0, 50));
    await log.flushed();
    files.fault = (operation) => (operation.kind === kind ? { stop: 0 } : null);
    log.append(numbered(1, 50));
    await settle();
    files.fault = null;
    files.kill();
    const again = await Log.open('/log', { files: files.forProcess() });
    const { durable, end } = again;
    if (kind === 'syncDir') again.append(numbered(1, 50));
    await again.flushed();
    expect([durable, end, again.durable]).toEqual(kind === 'sync' ? [116, 116, 116] : [0, 0, 58]);
    files.powerCut();
    expect((await Log.open('/log', { files })).durable).toBe(again.durable);
  },
);
