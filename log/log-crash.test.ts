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
    for (const { offset, reason } of log.problems) {
      expect(['torn tail', 'bad record']).toContain(reason);
      expect(offset).toBeGreaterThanOrEqual(confirmed);
    }
    const { records, skipped } = await readAll((at) => log.read(at), log.start, log.durable);
    for (const { from } of skipped) expect(from).toBeGreaterThanOrEqual(confirmed);
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

it('keeps what it confirmed when stopped at any operation of opening and going on', async () => {
  for (let operations = 0; ; operations++) {
    const trial = new Trial(250);
    await trial.open();
    await trial.take({ kind: 'append', sizes: [100, 20, 100, 30, 100] });
    await trial.take({ kind: 'flush' });
    await trial.take({ kind: 'append', sizes: [100, 100] });
    await settle(3);
    trial.crash(seededEntropy(operations));
    await trial
      .take({ kind: 'fault', after: operations, code: 'stop', bytes: operations })
      .catch(() => undefined);
    const fault = trial.files.fault;
    const stopped = await trial
      .take({ kind: 'append', sizes: [50, 200] })
      .then(() => trial.take({ kind: 'flush' }))
      .then(() => trial.take({ kind: 'reopen' }))
      .then(
        () => trial.files.fault === fault,
        () => true,
      );
    trial.crash(seededEntropy(operations + 1));
    await trial.recovered();
    if (!stopped) break;
    expect(operations).toBeLessThan(500);
  }
});
