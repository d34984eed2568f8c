/** Every sequence is in one state, the right one, and after any crash in the same. Checked against a model of a few lines. */
import { encodeFrame, ProtocolError, type Hello, type SequencedFrame } from '@weir/protocol';
import { MemoryFiles } from '@weir/log';
import {
  checkConfig,
  seededEntropy,
  silentLogger,
  systemClock,
  systemTimers,
  type Entropy,
} from '@weir/runtime';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { hubConfigSchema } from '../config.js';
import { Core } from '../core.js';
import type { Intake } from '../ingest/intake.js';
import { inspected } from './inspected.testing.js';
import { capture } from '../registry/capture.js';
import { CheckpointFiles } from '../registry/checkpoint.js';
import type { AckTarget, EpochEntry } from '../registry/epoch.js';
import type { EpochAccount } from './ledger.js';
import type { LedgerRange } from './statement.js';

const EPOCH = 2 ** 40;
const EPOCHS = 4;
const SEQ_MAX = 14;
const NOW_US = 1_790_000_000e6;
const CONFIG = checkConfig(hubConfigSchema, { data_dir: '/hub', vitals: { interval: 0 } });

type Step =
  | {
      readonly kind: 'hello';
      readonly held: readonly (readonly [number, number] | null)[];
      readonly now: number;
    }
  | { readonly kind: 'frame' | 'refused'; readonly epoch: number; readonly seq: number }
  | {
      readonly kind: 'gap';
      readonly seq: number;
      readonly epoch: number;
      readonly lost: readonly [number, number];
    }
  | { readonly kind: 'pause'; readonly ticks: number }
  | { readonly kind: 'crash' | 'checkpoint' | 'others' };

const seq = fc.integer({ min: 1, max: SEQ_MAX });
const epoch = fc.integer({ min: 0, max: EPOCHS - 1 });
const range = fc.tuple(seq, seq).map(([a, b]) => [Math.min(a, b), Math.max(a, b)] as const);
const step: fc.Arbitrary<Step> = fc.oneof(
  {
    weight: 5,
    arbitrary: fc.record({
      kind: fc.constant('hello' as const),
      held: fc.array(fc.option(range, { freq: 3 }), { minLength: EPOCHS, maxLength: EPOCHS }),
      now: epoch,
    }),
  },
  { weight: 15, arbitrary: fc.record({ kind: fc.constant('frame' as const), epoch, seq }) },
  { weight: 3, arbitrary: fc.record({ kind: fc.constant('refused' as const), epoch, seq }) },
  { weight: 3, arbitrary: fc.record({ kind: fc.constant('gap' as const), seq, epoch, lost: range }) },
  {
    weight: 5,
    arbitrary: fc.record({ kind: fc.constant('pause' as const), ticks: fc.integer({ min: 1, max: 60 }) }),
  },
  {
    weight: 3,
    arbitrary: fc.record({
      kind: fc.constantFrom('crash' as const, 'checkpoint' as const, 'others' as const),
    }),
  },
);

const steps = fc.array(step, { minLength: 1, maxLength: 60, size: 'max' });

/** What a person would say of each sequence. */
class Model {
  readonly taken = new Map<string, 'stored' | 'rejected'>();
  readonly lost = new Set<string>();
  readonly absent = new Set<string>();
  /** Epochs that were let go: what is open in them is told of when they are again. */
  readonly letGo = new Set<number>();
  readonly claims = new Map<number, readonly [number, number]>();

  hello(held: ReadonlyMap<number, readonly [number, number]>): void {
    for (let epoch = 0; epoch < EPOCHS; epoch++) {
      const before = this.claims.get(epoch);
      const claim = held.get(epoch);
      const heard = this.#heard(epoch);
      if (claim) this.claims.set(epoch, claim);
      else this.claims.delete(epoch);
      for (let seq = 1; seq <= SEQ_MAX; seq++) {
        const key = `${epoch} ${seq}`;
        const claimed = claim !== undefined && seq >= claim[0] && seq <= claim[1];
        const told = before !== undefined && seq >= before[0] && seq <= before[1];
        if (claimed) this.absent.delete(key);
        else if (told || (this.#has(epoch) && seq <= Math.max(heard, claim?.[1] ?? 0))) this.absent.add(key);
      }
    }
  }

  /** What was refused before its epoch was let go may come again and be taken; the refusal stays on record. */
  store(epoch: number, seq: number): void {
    const key = `${epoch} ${seq}`;
    if (!this.taken.has(key)) this.taken.set(key, 'stored');
  }

  stateOf(epoch: number, seq: number): string | null {
    const key = `${epoch} ${seq}`;
    const taken = this.taken.get(key);
    if (taken !== undefined) return taken;
    if (this.lost.has(key)) return 'expired spool_bytes';
    if (this.absent.has(key)) return 'expired not_held';
    const claim = this.claims.get(epoch);
    if (claim !== undefined && seq >= claim[0] && seq <= claim[1]) return 'pending device';
    return this.#has(epoch) && seq < this.#heard(epoch) ? 'pending unaccounted' : null;
  }

  #has(epoch: number): boolean {
    return [...this.taken.keys()].some((key) => key.startsWith(`${epoch} `));
  }

  #heard(epoch: number): number {
    const keys = [...this.taken.keys(), ...this.lost, ...this.absent];
    const seqs = keys.filter((key) => key.startsWith(`${epoch} `)).map((key) => Number(key.split(' ')[1]));
    return Math.max(0, ...seqs, this.claims.get(epoch)?.[1] ?? 0);
  }
}

function describeRange({ state, reason, where }: LedgerRange): string {
  if (state === 'pending') return `pending ${where}`;
  return state === 'expired' ? `expired ${reason}` : state;
}

/** State by sequence; fails where ranges overlap or leave a gap. */
function statesOf({ ranges }: EpochAccount): Map<number, string> {
  const states = new Map<number, string>();
  for (const range of ranges) {
    expect(range.last).toBeGreaterThanOrEqual(range.first);
    for (let at = range.first; at <= range.last; at++) {
      expect(states.has(at), `sequence ${at} twice`).toBe(false);
      states.set(at, describeRange(range));
    }
  }
  return states;
}

const LIMITS = { devices: 10, series: 10, epochs: 1000 };

/** A hub's core on files in memory, and one device that talks to it. */
class Scene {
  readonly files = new MemoryFiles();
  core!: Core;
  #intake: Intake | null = null;
  #others = 0;
  /** Sequences that the device was told are stored or refused. */
  readonly acked = new Set<string>();

  async open(): Promise<void> {
    this.core = await Core.open(
      CONFIG,
      {
        ...{ clock: systemClock, timers: systemTimers, entropy: seededEntropy(1), logger: silentLogger },
        ...{ files: this.files.forProcess(), boot: 'one' },
      },
      () => undefined,
    );
    this.#intake = null;
  }

  hello(
    held: readonly (readonly [number, number] | null)[],
    now: number,
  ): Map<number, readonly [number, number]> {
    const list = held.map((range, epoch) => ({
      epoch: EPOCH + epoch,
      held: range,
      anchor: null,
      deviceUtcUs: null,
    }));
    const [current] = list.splice(now, 1);
    const epochs = [
      ...(current === undefined ? [] : [current]),
      ...list.filter((each) => each.held !== null),
    ];
    const frame: Hello = { type: 'hello', version: 1, device: 'pi', agent: '', monotonicUs: 1e9, epochs };
    this.#hangUp();
    const { intake } = this.core.ingest.open(frame, { earliestUs: NOW_US - 1000, latestUs: NOW_US });
    this.#intake = intake;
    for (const entry of intake.epochs) entry.target = this.#target();
    return new Map(epochs.flatMap((each) => (each.held === null ? [] : [[each.epoch - EPOCH, each.held]])));
  }

  /** Null where the epoch is not in the hello; else whether it is new. */
  take(frame: SequencedFrame): boolean | null {
    const [intake, place] = this.#place(frame.epoch);
    if (intake === null || place === undefined) return null;
    const known = place.seen.has(frame.seq);
    const bytes = encodeFrame(frame);
    intake.accept(inspected(bytes), bytes, NOW_US);
    return !known;
  }

  refuse(epoch: number, seq: number): boolean | null {
    const [intake, place] = this.#place(EPOCH + epoch);
    if (intake === null || place === undefined) return null;
    const known = place.seen.has(seq);
    intake.refuse(new ProtocolError(9, 'no such channel', { epoch: EPOCH + epoch, seq }), NOW_US);
    return !known;
  }

  /** More epochs than the tables keep, so that the first ones are let go. */
  async others(): Promise<void> {
    await this.core.log.flushed();
    this.#hangUp();
    for (let i = 0; i < 70; i++) {
      const epoch = EPOCH + 1000 + this.#others++;
      const held = { epoch, held: null, anchor: null, deviceUtcUs: null };
      const hello: Hello = {
        type: 'hello',
        version: 1,
        device: 'pi',
        agent: '',
        monotonicUs: 1e9,
        epochs: [held],
      };
      const { intake } = this.core.ingest.open(hello, { earliestUs: NOW_US - 1000, latestUs: NOW_US });
      const bytes = encodeFrame(describeFrame(epoch, 1));
      intake.accept(inspected(bytes), bytes, NOW_US);
    }
  }

  #hangUp(): void {
    for (const entry of this.#intake?.epochs ?? []) entry.target = null;
    this.#intake = null;
  }

  async checkpoint(): Promise<void> {
    await new CheckpointFiles('/hub', this.files).save(capture(this.core.registry, this.core.log));
  }

  async cut(chance: Entropy | null): Promise<void> {
    const before = this.core;
    this.files.powerCut(chance);
    await before.close().catch(() => undefined);
    const { faults } = await new CheckpointFiles('/hub', this.files).load(LIMITS);
    expect(faults).toEqual([]);
    await this.open();
  }

  async accounts(): Promise<Map<number, Map<number, string>>> {
    const device = this.core.registry.devices.get('pi');
    const accounts = device === undefined ? [] : await this.core.ledger.accounts(device);
    expect(new Set(accounts.map((each) => each.epoch)).size).toBe(accounts.length);
    return new Map(accounts.map((account) => [account.epoch - EPOCH, statesOf(account)]));
  }

  #place(epoch: number): [Intake | null, EpochEntry | undefined] {
    return [this.#intake, this.#intake?.epochs.find((entry) => entry.epoch === epoch)];
  }

  #target(): AckTarget {
    return {
      stored: ({ epoch }, first, last) => {
        for (let at = first; at <= last; at++) this.acked.add(`${epoch - EPOCH} ${at}`);
      },
      refused: ({ epoch, seq }) => this.acked.add(`${(epoch ?? 0) - EPOCH} ${seq}`),
      flush: () => undefined,
    };
  }
}

function describeFrame(epoch: number, seq: number): SequencedFrame {
  const channel = { index: 0, name: 't', type: 'number', unit: 'Cel', intervalMs: null } as const;
  return { type: 'describe', epoch, seq, channels: [channel] };
}

/** Does a step to the hub and to the model. */
async function play(scene: Scene, model: Model, step: Step, crash: () => Promise<void>): Promise<void> {
  switch (step.kind) {
    case 'hello':
      model.hello(scene.hello(step.held, step.now));
      return;
    case 'frame':
      if (scene.take(describeFrame(EPOCH + step.epoch, step.seq)) === true) model.store(step.epoch, step.seq);
      return;
    case 'refused':
      if (scene.refuse(step.epoch, step.seq) === true)
        model.taken.set(`${step.epoch} ${step.seq}`, 'rejected');
      return;
    case 'gap': {
      const { seq, epoch, lost } = step;
      // Gaps come in whichever epoch the device writes; here in that of the loss or the next.
      const own = EPOCH + ((epoch + seq) % EPOCHS);
      const taken = scene.take({ type: 'gap', epoch: own, seq, lostEpoch: EPOCH + epoch, lost, reason: 1 });
      if (taken !== true) return;
      model.store(own - EPOCH, seq);
      for (let at = lost[0]; at <= lost[1]; at++) model.lost.add(`${epoch} ${at}`);
      return;
    }
    case 'pause':
      for (let i = 0; i < step.ticks; i++) await Promise.resolve();
      if (step.ticks > 30) await new Promise(setImmediate);
      return;
    case 'others':
      await scene.others();
      model.hello(new Map());
      for (let each = 0; each < EPOCHS; each++) model.letGo.add(each);
      return;
    case 'checkpoint':
      return scene.checkpoint();
    case 'crash':
      return crash();
  }
}

describe('the ledger', () => {
  it('has every sequence in one state, the right one, whatever comes and wherever the hub crashes', async () => {
    await fc.assert(
      fc.asyncProperty(steps, async (steps) => {
        const [scene, model] = [new Scene(), new Model()];
        await scene.open();
        for (const each of steps) {
          await play(scene, model, each, async () => {
            await scene.core.log.flushed();
            await scene.cut(null);
          });
        }
        await scene.core.log.flushed();
        const accounts = await scene.accounts();
        for (let epoch = 0; epoch < EPOCHS; epoch++) {
          for (let at = 1; at <= SEQ_MAX; at++) {
            const state = accounts.get(epoch)?.get(at) ?? null;
            if (state === 'pending unaccounted' && model.letGo.has(epoch)) continue;
            expect(state, `epoch ${epoch}, sequence ${at}`).toBe(model.stateOf(epoch, at));
          }
        }
        await scene.core.close();
      }),
      { numRuns: 150 },
    );
  });

  it('keeps what was acknowledged through a power cut at any moment, with a checkpoint or without', async () => {
    let acked = 0;
    await fc.assert(
      fc.asyncProperty(steps, fc.nat(), async (steps, seed) => {
        const [scene, model] = [new Scene(), new Model()];
        await scene.open();
        const chance = seededEntropy(seed);
        const ackedIsKept = async (): Promise<void> => {
          await scene.cut(chance);
          const accounts = await scene.accounts();
          for (const key of scene.acked) {
            const [epoch = 0, at = 0] = key.split(' ').map(Number);
            expect(accounts.get(epoch)?.get(at), key).toMatch(/^(stored|rejected)$/);
          }
        };
        for (const each of steps) await play(scene, model, each, ackedIsKept);
        await ackedIsKept();
        const kept = await scene.accounts();
        acked += scene.acked.size;
        await scene.core.log.flushed();
        for (const name of ['registry', 'registry.previous'])
          await scene.files.remove(`/hub/${name}`).catch(() => undefined);
        await scene.cut(null);
        expect(await scene.accounts()).toEqual(kept);
        await scene.core.close();
      }),
      { numRuns: 100 },
    );
    expect(acked).toBeGreaterThan(300);
  });

  it('is bounded in memory for a device that restarts for ever, and forgets none of its epochs', async () => {
    const scene = new Scene();
    await scene.open();
    for (let i = 0; i < 20; i++) await scene.others();
    const device = scene.core.registry.devices.get('pi')!;
    // Those that are kept, and one call's, which are not on disk yet.
    expect(device.epochs.size).toBeLessThanOrEqual(64 + 70 + 1);
    expect(device.accounts.size).toBe(0);
    const accounts = await scene.core.ledger.accounts(device);
    expect(accounts).toHaveLength(20 * 70);
    expect(accounts.every(({ ranges }) => ranges.length === 1 && ranges[0]?.state === 'stored')).toBe(true);
    await scene.core.close();
  });

  it('is bounded in memory for a device of whose frames every second one is refused, and keeps each refusal', async () => {
    const scene = new Scene();
    await scene.open();
    scene.hello([null, null, null, null], 0);
    for (let seq = 1; seq <= 5_000; seq++) {
      if (seq % 2 === 0) scene.refuse(0, seq);
      else scene.take(describeFrame(EPOCH, seq));
      if (seq % 500 === 0) await scene.core.log.flushed();
    }
    const device = scene.core.registry.devices.get('pi')!;
    expect(device.account(EPOCH).size).toBeLessThanOrEqual(1_024);
    const states = (await scene.accounts()).get(0)!;
    expect(states.size).toBe(5_000);
    for (const [seq, state] of states) expect(state).toBe(seq % 2 === 0 ? 'rejected' : 'stored');
    await scene.core.close();
  });

  it('is bounded in memory for a device that tells of losses in ever other epochs, and keeps each', async () => {
    const scene = new Scene();
    await scene.open();
    scene.hello([null, null, null, null], 0);
    for (let i = 1; i <= 3_000; i++)
      scene.take({
        type: 'gap',
        epoch: EPOCH,
        seq: i,
        lostEpoch: EPOCH + 10_000 + i,
        lost: [5, 7],
        reason: 2,
      });
    const device = scene.core.registry.devices.get('pi')!;
    expect(device.accounts.size).toBeLessThanOrEqual(1_100);
    const accounts = await scene.accounts();
    for (let i = 1; i <= 3_000; i++)
      expect([...(accounts.get(10_000 + i) ?? [])]).toEqual(
        [5, 6, 7].map((seq) => [seq, 'expired spool_age']),
      );
    await scene.core.close();
  });
});
