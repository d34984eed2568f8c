/** A store that lags behind the log's retention: what it will never get is in the ledger, and no more than that. */
import { MemoryFiles } from '@weir/log';
import { encodeFrame, type Frame, type Hello } from '@weir/protocol';
import { checkConfig, seededEntropy, silentLogger } from '@weir/runtime';
import { waitFor } from '@weir/testing';
import { describe, expect, it } from 'vitest';
import { hubConfigSchema } from '../config.js';
import { Core } from '../core.js';
import { RecordKind, RecordReader } from '../ingest/record.js';
import { ManualTime } from '../session/rig.testing.js';
import { inspected } from './inspected.testing.js';
import type { LedgerRange } from './statement.js';
import type { StorePlace } from './missed.js';

const EPOCH = 2 ** 40;
const CONFIG = checkConfig(hubConfigSchema, {
  data_dir: '/hub',
  log: { retention: { bytes: 2 ** 20 } },
  vitals: { interval: 0 },
});

class Scene {
  readonly files = new MemoryFiles();
  readonly time = new ManualTime();
  stores: StorePlace[] = [];
  core!: Core;

  static async open(): Promise<Scene> {
    const scene = new Scene();
    await scene.reopen();
    return scene;
  }

  async reopen(): Promise<void> {
    const { time } = this;
    const machine = { clock: time, timers: time, entropy: seededEntropy(1), logger: silentLogger };
    const files = this.files.forProcess();
    this.core = await Core.open(CONFIG, { ...machine, files, boot: 'one' }, () => undefined);
    this.core.missed.follow(() => this.stores);
  }

  /** Frames `first` to `last`, of 4 KB each; each in a record of its own. */
  async fill(first: number, last: number): Promise<void> {
    const { ingest, log } = this.core;
    const held = { epoch: EPOCH, held: [1, last] as const, anchor: null, deviceUtcUs: null };
    const hello: Hello = {
      type: 'hello',
      version: 1,
      device: 'pi',
      agent: '',
      monotonicUs: 1e9,
      epochs: [held],
    };
    const nowUs = this.time.utcUs();
    const { intake } = ingest.open(hello, { earliestUs: nowUs, latestUs: nowUs });
    const take = (frame: Frame): void => {
      const bytes = encodeFrame(frame);
      intake.accept(inspected(bytes), bytes, nowUs);
      ingest.seal();
    };
    const channel = { index: 0, name: 't', type: 'text', unit: '', intervalMs: null } as const;
    for (let seq = first; seq <= last; seq++) {
      if (seq === 1) take({ type: 'describe', epoch: EPOCH, seq, channels: [channel] });
      else
        take({
          type: 'readings',
          epoch: EPOCH,
          seq,
          columns: [{ channel: 0, times: [seq], values: ['x'.repeat(4000)] }],
        });
      if (seq % 16 === 0) await log.flushed();
    }
    await log.flushed();
  }

  /** Two checkpoints, after which what the policy does not keep goes. */
  async retain(): Promise<number> {
    const { log } = this.core;
    const before = log.start;
    for (let i = 0; i < 60 && log.start === before; i++) {
      this.time.pass(20_000);
      await new Promise((resolve) => setTimeout(resolve, 5));
    }
    await waitFor(() => log.start > before, { what: 'the log to drop its oldest files' });
    return log.start;
  }

  /** Offset of the record of a frame. */
  async offsetOf(seq: number): Promise<number> {
    const { log } = this.core;
    for (let at = log.start; at < log.durable;) {
      const { records, next } = await log.read(at);
      for (const { offset, data } of records) {
        const record = new RecordReader(data);
        if (record.kind === RecordKind.readings && record.next() && record.seq === seq) return offset;
      }
      at = next;
    }
    throw new RangeError(`frame ${seq} is not in the log`);
  }

  /** The first frame of readings that is still in the log. */
  async firstKept(): Promise<number> {
    const { records } = await this.core.log.read(this.core.log.start);
    for (const { data } of records) {
      const record = new RecordReader(data);
      if (record.kind === RecordKind.readings && record.next()) return record.seq;
    }
    throw new RangeError('no readings are left');
  }

  async ranges(): Promise<Pick<LedgerRange, 'first' | 'last' | 'state' | 'reason' | 'sinks'>[]> {
    const device = this.core.registry.devices.get('pi');
    const [account] = device === undefined ? [] : await this.core.ledger.accounts(device);
    return (account?.ranges ?? []).map(({ first, last, state, reason, sinks }) => ({
      first,
      last,
      state,
      reason,
      sinks,
    }));
  }
}

const missing = (first: number, last: number, ...sinks: string[]) => ({
  ...{ first, last, state: 'expired', reason: 'hub_log_bytes', sinks },
});
const stored = (first: number, last: number) => ({ first, last, state: 'stored', reason: null, sinks: [] });

describe('what the log drops', () => {
  it('costs nothing and is no loss while every store has read it', async () => {
    const scene = await Scene.open();
    await scene.fill(1, 400);
    scene.stores = [{ name: 'influx', cursor: scene.core.log.durable }];
    const end = scene.core.log.end;
    await scene.retain();
    expect(scene.core.log.end).toBe(end);
    expect(await scene.ranges()).toEqual([stored(1, 400)]);
    await scene.core.close();
  });

  it('before a store has read it, is expired for that store, from its cursor on, also after a crash', async () => {
    const scene = await Scene.open();
    await scene.fill(1, 400);
    scene.stores = [
      { name: 'duckdb', cursor: scene.core.log.durable },
      { name: 'influx', cursor: await scene.offsetOf(31) },
      { name: 'second', cursor: await scene.offsetOf(51) },
    ];
    await scene.retain();
    const kept = await scene.firstKept();
    expect(kept).toBeGreaterThan(60);
    const expected = [
      stored(1, 30),
      missing(31, 50, 'influx'),
      missing(51, kept - 1, 'influx', 'second'),
      stored(kept, 400),
    ];
    expect(await scene.ranges()).toEqual(expected);
    scene.files.powerCut();
    await scene.core.close().catch(() => undefined);
    await scene.reopen();
    expect(await scene.ranges()).toEqual(expected);
    await scene.core.close();
  });

  it('is on disk in the ledger before it is gone: a crash in between loses neither', async () => {
    const scene = await Scene.open();
    await scene.fill(1, 400);
    scene.stores = [{ name: 'influx', cursor: await scene.offsetOf(2) }];
    const cut = { done: false };
    scene.files.fault = ({ kind, path }) => {
      if (kind !== 'remove' || !path.startsWith('/hub/log/') || !path.endsWith('.log')) return null;
      cut.done = true;
      return { stop: 0 };
    };
    for (let i = 0; i < 60 && !cut.done; i++) {
      scene.time.pass(20_000);
      await new Promise((resolve) => setTimeout(resolve, 5));
    }
    expect(cut.done).toBe(true);
    scene.files.fault = null;
    scene.files.powerCut();
    await scene.core.close().catch(() => undefined);
    await scene.reopen();
    expect((await scene.ranges())[1]).toMatchObject({ first: 2, state: 'expired', sinks: ['influx'] });
    await scene.core.close();
  });

  it('counts from where a store was last, where it cannot be opened after a restart', async () => {
    const scene = await Scene.open();
    await scene.fill(1, 20);
    scene.stores = [{ name: 'duckdb', cursor: scene.core.log.durable }];
    await scene.core.close();
    scene.stores = [{ name: 'duckdb', cursor: 0 }];
    await scene.reopen();
    await scene.fill(21, 400);
    await scene.retain();
    const ranges = await scene.ranges();
    expect(ranges.slice(0, 2)).toMatchObject([
      stored(1, 20),
      { first: 21, state: 'expired', sinks: ['duckdb'] },
    ]);
    await scene.core.close();
  });
});
