import { rm } from 'node:fs/promises';
import { join } from 'node:path';
import { Log } from '@weir/log';
import { silentLogger, systemClock } from '@weir/runtime';
import { temporaryFolder, waitFor } from '@weir/testing';
import { describe, expect, it, onTestFinished } from 'vitest';
import { Ingest } from '../ingest/ingest.js';
import { Settlement } from '../ingest/settlement.js';
import { ManualTime } from '../session/rig.testing.js';
import { CheckpointKeeper } from './checkpoint-keeper.js';
import { CheckpointFiles } from './checkpoint.js';
import { rebuildRegistry } from './rebuild.js';
import { Registry } from './registry.js';

const LIMITS = { devices: 1_000, series: 1_000, epochs: 1_000 };

async function setUp(retentionBytes: number | null) {
  const dir = await temporaryFolder();
  const retention = retentionBytes === null ? {} : { bytes: retentionBytes };
  const log = await Log.open(join(dir, 'log'), { segmentBytes: 4096, retention });
  onTestFinished(() => log.close());
  const registry = new Registry(LIMITS);
  const time = new ManualTime();
  const files = new CheckpointFiles(dir);
  const settlement = new Settlement(log, systemClock, () => undefined);
  const ingest = new Ingest({ log, registry, settlement, channelsMax: 8 });
  const dropsOldLog = retentionBytes !== null;
  const keeper = new CheckpointKeeper({
    files,
    registry,
    log,
    clock: time,
    timers: time,
    logger: silentLogger,
    dropsOldLog,
    savedOffset: 0,
  });
  onTestFinished(() => keeper.stop());
  return { log, registry, time, files, ingest, keeper };
}

describe('the checkpoint keeper', () => {
  it('writes a checkpoint when one is due, and none when nothing happened', async () => {
    const { time, files, ingest, log } = await setUp(null);
    time.pass(301_000);
    ingest.device('pi-1', 0);
    await log.flushed();
    expect((await files.load(LIMITS)).checkpoint).toBeNull();
    time.pass(10_000);
    const checkpoint = await waitFor(async () => (await files.load(LIMITS)).checkpoint);
    expect(checkpoint).toMatchObject({ offset: log.end, end: log.end });
    expect([...checkpoint.registry.devices.keys()]).toEqual(['pi-1']);
  });

  it('writes one as soon as there is much to read back, however little time has passed', async () => {
    const { files, log, registry, ingest } = await setUp(null);
    ingest.device('pi-1', 0);
    registry.applied += 200_000;
    await log.flushed();
    const checkpoint = await waitFor(async () => (await files.load(LIMITS)).checkpoint);
    expect(checkpoint.end).toBe(log.end);
  });

  it('drops old log only when neither checkpoint needs it; nothing known is lost', async () => {
    const { time, files, ingest, log, registry } = await setUp(16_384);
    for (let i = 0; i < 400; i++) {
      ingest.device(`device-${i}`, 0);
      if (i % 20 === 0) await log.flushed();
    }
    await log.flushed();
    expect(log.start).toBe(0);
    const drop = (): boolean => {
      time.pass(60_000);
      return log.end - log.start <= 16_384;
    };
    await waitFor(drop, { what: 'old log to be dropped' });
    for (const which of ['newest', 'previous']) {
      const loaded = await files.load(LIMITS);
      expect(loaded.checkpoint?.offset, which).toBeGreaterThanOrEqual(log.start);
      const rebuilt = await rebuildRegistry({
        log,
        loaded,
        limits: LIMITS,
        clock: systemClock,
        logger: silentLogger,
      });
      expect([...rebuilt.devices.keys()]).toEqual([...registry.devices.keys()]);
      await rm(files.path, { force: true });
    }
  });
});
