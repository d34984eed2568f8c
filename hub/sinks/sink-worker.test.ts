import { silentLogger, WeirError } from '@weir/runtime';
import { temporaryFolder, waitFor } from '@weir/testing';
import { describe, expect, it, onTestFinished } from 'vitest';
import { StoreHistory } from '../history/store-history.js';
import type { DuckDbOptions } from './duckdb/config.js';
import { SinkWorker } from './sink-worker.js';
import type { SinkStatus } from './sink.js';
import { duckdbOptions } from './test/duckdb-options.js';
import { influxOptions } from './test/influx-options.js';
import { readDuckDb } from './test/read-stores.js';
import { SampleLog, SERIES } from './test/sample-log.js';

interface Scene {
  readonly folder: string;
  readonly path: string;
  readonly sample: SampleLog;
  readonly start: (entry?: URL, changes?: Partial<DuckDbOptions>) => Promise<SinkWorker>;
}

async function scene(): Promise<Scene> {
  const folder = await temporaryFolder();
  const path = `${folder}/readings.duckdb`;
  const sample = await SampleLog.open(`${folder}/log`);
  onTestFinished(() => sample.close());
  return {
    folder,
    path,
    sample,
    async start(entry, changes) {
      const worker = await SinkWorker.start({
        name: 'embedded',
        kind: 'duckdb',
        options: duckdbOptions(path, changes),
        logDir: sample.dir,
        logger: silentLogger,
        ...(entry === undefined ? {} : { entry }),
      });
      onTestFinished(() => worker.close());
      return worker;
    },
  };
}

function watch(worker: SinkWorker): SinkStatus[] {
  const seen: SinkStatus[] = [];
  worker.onStatus((status) => seen.push(status));
  return seen;
}

describe('the worker of a sink', () => {
  it('stores what it is told is durable, and says so', async () => {
    const { path, sample, start } = await scene();
    const worker = await start();
    const seen = watch(worker);
    worker.announce(SERIES);
    for (let part = 0; part < 10; part++) {
      sample.fill(10, 1 + part * 10);
      worker.advance(await sample.flushed());
    }
    await worker.caughtUp(sample.log.durable);
    expect(worker.status()).toMatchObject({
      name: 'embedded',
      kind: 'duckdb',
      state: 'running',
      error: null,
    });
    expect(worker.status()).toMatchObject({ cursor: sample.log.durable, readings: 1_200, quarantined: 0 });
    expect(seen.map(({ cursor }) => cursor)).toEqual(seen.map(({ cursor }) => cursor).sort((a, b) => a - b));
    await worker.close();
    expect((await readDuckDb(path)).length).toBe(1_200);
  });

  it('does not wait for more when someone waits for it', async () => {
    const { sample, start } = await scene();
    const worker = await start(undefined, { max_delay: 3_600_000 });
    worker.announce(SERIES);
    sample.fill(1);
    worker.advance(await sample.flushed());
    await worker.caughtUp(sample.log.durable);
    const later = sample.log.durable + 1;
    const caughtUp = worker.caughtUp(later);
    sample.fill(1, 2);
    worker.advance(await sample.flushed());
    await caughtUp;
    expect(worker.status().cursor).toBe(sample.log.durable);
  });

  it('goes on where the one before ended', async () => {
    const { path, sample, start } = await scene();
    for (let part = 0; part < 3; part++) {
      const worker = await start();
      worker.announce(SERIES);
      sample.fill(5, 1 + part * 5);
      worker.advance(await sample.flushed());
      await worker.caughtUp(sample.log.durable);
      expect(worker.status().readings).toBe(60);
      await worker.close();
    }
    expect((await readDuckDb(path)).length).toBe(180);
  });

  it('is started again after a fault in it, with nothing lost and nothing twice', async () => {
    const { path, sample, start } = await scene();
    const worker = await start(new URL('./test/crashing-worker.js', import.meta.url));
    const seen = watch(worker);
    worker.announce(SERIES);
    sample.fill(50);
    worker.advance(await sample.flushed());
    const history = new StoreHistory(worker);
    await worker.caughtUp(sample.log.durable);
    const crash = seen.find(({ errorCode }) => errorCode === 'sink.worker_ended');
    expect(crash).toMatchObject({ state: 'waiting', retryAtMs: expect.any(Number) as number });
    expect(crash?.error).toContain('a fault in the worker');
    await waitFor(() => worker.status().state === 'running');
    sample.fill(50, 51);
    worker.advance(await sample.flushed());
    await worker.caughtUp(sample.log.durable);
    expect(await history.count()).toEqual({ readings: 1_200, distinct: 1_200, epochs: 1 });
    await worker.close();
    expect((await readDuckDb(path)).length).toBe(1_200);
  });

  it('keeps trying when its script cannot be loaded', async () => {
    const { sample, start } = await scene();
    const worker = await start(new URL('./test/no-such-worker.js', import.meta.url));
    await waitFor(() => worker.status().errorCode === 'sink.worker_ended');
    expect(worker.status()).toMatchObject({ state: 'waiting' });
    expect(worker.status().error).toContain('no-such-worker');
    sample.fill(1);
    worker.advance(await sample.flushed());
    await expect(new StoreHistory(worker).count()).rejects.toMatchObject({ code: 'history.unavailable' });
    await worker.close();
  });

  it('ends what waits for it when closed', async () => {
    const { sample, start } = await scene();
    const worker = await start();
    sample.fill(1);
    const waiting = expect(worker.caughtUp(await sample.flushed())).rejects.toMatchObject({
      code: 'sink.closed',
    });
    await worker.close();
    await waiting;
    await expect(worker.caughtUp(1_000_000)).rejects.toBeInstanceOf(WeirError);
    await expect(new StoreHistory(worker).count()).rejects.toMatchObject({
      code: 'history.unavailable',
      retryable: false,
    });
    await worker.close();
  });

  it('ends at once although its store does not answer', async () => {
    const { folder, sample } = await scene();
    const worker = await SinkWorker.start({
      name: 'dead',
      kind: 'influx',
      // Reserved for documentation (RFC 5737): nothing answers there.
      options: influxOptions('http://192.0.2.1:8086', `${folder}/influx`, { timeout: 3_600_000 }),
      logDir: sample.dir,
      logger: silentLogger,
    });
    worker.announce(SERIES);
    sample.fill(1);
    worker.advance(await sample.flushed());
    await expect(new StoreHistory(worker).count()).rejects.toMatchObject({ code: 'history.unavailable' });
    await worker.close(3_600_000);
    expect(worker.status().cursor).toBe(0);
  });
});
