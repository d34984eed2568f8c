import { WeirError, type Timers } from '@weir/runtime';
import { temporaryFolder, waitFor } from '@weir/testing';
import { appendFile, readdir } from 'node:fs/promises';
import { join } from 'node:path';
import { describe, expect, it, onTestFinished } from 'vitest';
import { SinkRun, type RunStatus, type SinkRunParts } from './run.js';
import type { SeriesInfo } from './sink.js';
import { MemorySink } from './test/memory-sink.js';
import { SampleLog, sampleSeries, SERIES, TEMPERATURE } from './test/sample-log.js';

/** Timers that ring when told to. */
class HandTimers implements Timers {
  readonly pending = new Map<object, { readonly ms: number; readonly run: () => void }>();

  after(ms: number, run: () => void): () => void {
    const key = {};
    this.pending.set(key, { ms, run });
    return () => this.pending.delete(key);
  }

  /** Rings all that are set now. */
  ring(): void {
    for (const [key, { run }] of [...this.pending]) if (this.pending.delete(key)) run();
  }

  waits(): number[] {
    return [...this.pending.values()].map(({ ms }) => ms);
  }
}

interface Started {
  readonly sample: SampleLog;
  readonly sink: MemorySink;
  readonly run: SinkRun;
  readonly timers: HandTimers;
  readonly series: Map<number, SeriesInfo>;
  readonly statuses: RunStatus[];
  /** The readings of `sink`, by channel, epoch, seq, idx. */
  readonly stored: () => string[];
  readonly last: () => RunStatus | undefined;
}

async function start(
  changes: Partial<SinkRunParts> = {},
  { sink = new MemorySink(), segmentBytes }: { sink?: MemorySink; segmentBytes?: number } = {},
): Promise<Started> {
  const sample = await SampleLog.open(`${await temporaryFolder()}/log`, segmentBytes);
  const timers = new HandTimers();
  const series = new Map(SERIES.map((each) => [each.id, each]));
  const statuses: RunStatus[] = [];
  const run = new SinkRun({
    sink,
    logDir: sample.dir,
    series,
    limits: { bytes: 65_536, readings: 100 },
    maxDelayMs: 0,
    clock: { monotonicUs: () => 0, utcUs: () => 1_000_000 },
    timers,
    entropy: { unit: () => 0.5, integer: (min) => min },
    onStatus: (status) => statuses.push(status),
    ...changes,
  });
  const ended = run.run();
  onTestFinished(async () => {
    run.close();
    await ended;
    await sample.close();
  });
  const stored = (): string[] =>
    sink.batches.flatMap(({ columns }) =>
      columns.flatMap(({ series: of, epoch, seq, index }) =>
        seq.map((each, i) => `${of.channel} ${epoch} ${each} ${index[i]}`),
      ),
    );
  return { sample, sink, run, timers, series, statuses, stored, last: () => statuses.at(-1) };
}

const names = (sample: SampleLog): string[] =>
  sample.expected.map(({ channel, epoch, seq, idx }) => `${channel} ${epoch} ${seq} ${idx}`);

describe('a sink at work', () => {
  it('writes everything once, in order, in bounded batches', async () => {
    const { sample, sink, run, stored } = await start();
    for (let part = 0; part < 5; part++) {
      sample.fill(40, 1 + part * 40);
      run.advance(await sample.flushed());
    }
    await waitFor(() => sink.cursor === sample.log.durable);
    expect(stored()).toEqual(names(sample));
    for (const { readings } of sink.batches) expect(readings).toBeLessThanOrEqual(112);
    sink.batches.forEach(({ from }, i) => expect(from).toBe(sink.batches[i - 1]?.next ?? 0));
  });

  it('reads nothing above what it was told is durable', async () => {
    const { sample, sink, run, stored } = await start();
    sample.fill(3);
    const durable = await sample.flushed();
    sample.fill(3, 4);
    await sample.flushed();
    run.advance(durable);
    await waitFor(() => sink.cursor === durable);
    expect(stored().length).toBe(36);
  });

  it('waits with full jitter while the store fails, then goes on without a loss', async () => {
    const { sample, sink, run, timers, stored, last } = await start();
    sink.writeFault = new WeirError('store.disk_full', 'no room', { retryable: true });
    sample.fill(30);
    run.advance(await sample.flushed());
    for (const delay of [125, 250, 500, 1_000]) {
      await waitFor(() => timers.waits().length === 1);
      expect(timers.waits()).toEqual([delay]);
      expect(last()).toMatchObject({
        state: 'waiting',
        error: 'no room',
        errorCode: 'store.disk_full',
        cursor: 0,
      });
      expect(last()?.retryAtMs).toBe(1_000 + delay);
      timers.ring();
    }
    await waitFor(() => timers.waits().length === 1);
    sink.writeFault = null;
    timers.ring();
    await waitFor(() => sink.cursor === sample.log.durable);
    expect(last()).toMatchObject({ state: 'running', error: null, readings: 360 });
    expect(stored()).toEqual(names(sample));
    expect(sink.opens).toBe(6);
  });

  it('begins the backoff anew after a success', async () => {
    const { sample, sink, run, timers } = await start();
    for (const seq of [1, 2]) {
      sink.writeFault = new WeirError('store.failed', 'no', { retryable: true });
      sample.fill(1, seq);
      run.advance(await sample.flushed());
      await waitFor(() => timers.waits().length === 1);
      expect(timers.waits()).toEqual([125]);
      sink.writeFault = null;
      timers.ring();
      await waitFor(() => sink.cursor === sample.log.durable);
    }
  });

  it('is failed, and still tries again, when someone has to act', async () => {
    const { sample, sink, run, timers, last } = await start();
    sink.writeFault = new WeirError('store.corrupt', 'damaged');
    sample.fill(1);
    run.advance(await sample.flushed());
    await waitFor(() => timers.waits().length === 1);
    expect(last()).toMatchObject({ state: 'failed', errorCode: 'store.corrupt' });
    expect(timers.waits()).toEqual([30_000]);
    sink.writeFault = null;
    timers.ring();
    await waitFor(() => sink.cursor === sample.log.durable);
    expect(last()?.state).toBe('running');
  });

  it('waits as long as the store asks', async () => {
    const { sample, sink, run, timers } = await start();
    sink.writeFault = new WeirError('influx.unreachable', 'busy', {
      retryable: true,
      details: { retryAfterMs: 7_000 },
    });
    sample.fill(1);
    run.advance(await sample.flushed());
    await waitFor(() => timers.waits().length === 1);
    expect(timers.waits()).toEqual([7_000]);
  });

  it('goes on from the cursor of the store, not from its own memory', async () => {
    const { sample, sink, run, timers, stored } = await start();
    sample.fill(5);
    run.advance(await sample.flushed());
    await waitFor(() => sink.cursor === sample.log.durable);
    sink.writeFault = new Error('reply lost');
    sample.fill(5, 6);
    run.advance(await sample.flushed());
    await waitFor(() => timers.waits().length === 1);
    sink.writeFault = null;
    sink.cursor = 0;
    sink.batches.length = 0;
    timers.ring();
    await waitFor(() => sink.cursor === sample.log.durable);
    expect(stored()).toEqual(names(sample));
  });

  it('waits for a series that is not known yet, and then stores its readings', async () => {
    const { sample, sink, run, timers, series, stored, last } = await start();
    series.delete(TEMPERATURE.id);
    sample.fill(2);
    run.advance(await sample.flushed());
    await waitFor(() => last()?.errorCode === 'sink.unknown_series');
    expect(last()).toMatchObject({ state: 'waiting', cursor: 0 });
    series.set(TEMPERATURE.id, TEMPERATURE);
    timers.ring();
    await waitFor(() => sink.cursor === sample.log.durable);
    expect(stored()).toEqual(names(sample));
  });

  it('tells of records that it cannot read and goes on behind them', async () => {
    const { sample, sink, run, stored, last } = await start();
    sample.fill(1);
    const from = sample.log.end;
    sample.log.append(new Uint8Array([1, 2, 3]));
    const to = sample.log.end;
    sample.append({ seq: 9, columns: [{ series: sampleSeries(2, 'door/open'), times: [1], values: [3] }] });
    const end = sample.log.end;
    sample.expected.pop();
    sample.fill(1, 10);
    run.advance(await sample.flushed());
    await waitFor(() => sink.cursor === sample.log.durable);
    expect(stored()).toEqual(names(sample));
    expect(last()?.skipped).toMatchObject([
      { from, to, reason: expect.stringContaining('3 bytes') as string },
      { from: to, to: end, reason: expect.stringContaining('a boolean series') as string },
    ]);
  });

  it('tells what retention dropped before it came there', async () => {
    const { sample, sink, run, stored, last } = await start({}, { segmentBytes: 4_096 });
    sample.fill(200);
    const durable = await sample.flushed();
    await sample.log.dropBefore(durable / 2);
    const { start: kept } = sample.log;
    expect(kept).toBeGreaterThan(0);
    run.advance(durable);
    await waitFor(() => sink.cursor === durable);
    expect(last()?.skipped).toEqual([{ from: 0, to: kept, reason: 'retention' }]);
    expect(stored().length).toBeGreaterThan(0);
    expect(stored()).toEqual(names(sample).slice(-stored().length));
  });

  it('tells of damage in the log and stores the rest', async () => {
    const { sample, sink, run, stored, last } = await start();
    sample.fill(2);
    const from = await sample.flushed();
    await sample.close();
    const [file] = (await readdir(sample.dir)).filter((name) => name.endsWith('.log'));
    await appendFile(join(sample.dir, file ?? ''), Buffer.alloc(50, 7));
    run.advance(from + 50);
    await waitFor(() => sink.cursor === from + 50);
    expect(stored()).toEqual(names(sample));
    expect(last()?.skipped).toMatchObject([{ from, to: from + 50 }]);
  });

  it('refuses to go on when the store is ahead of the log', async () => {
    const sink = new MemorySink();
    sink.cursor = 10_000;
    const { sample, run, timers, last } = await start({}, { sink });
    sample.fill(1);
    run.advance(await sample.flushed());
    await waitFor(() => timers.waits().length === 1);
    expect(last()).toMatchObject({ state: 'failed', errorCode: 'log.beyond_end', cursor: 10_000 });
    sample.fill(100, 2);
    const durable = await sample.flushed();
    expect(durable).toBeGreaterThan(10_000);
    run.advance(durable);
    timers.ring();
    await waitFor(() => timers.waits().length === 1);
    expect(last()).toMatchObject({ state: 'failed', errorCode: 'log.beyond_end' });
    expect(sink.batches).toEqual([]);
  });

  it('waits for more before a small write, unless someone is waiting', async () => {
    const { sample, sink, run, timers } = await start({
      maxDelayMs: 200,
      limits: { bytes: 4_000_000, readings: 1_000 },
    });
    sample.fill(1);
    run.advance(await sample.flushed());
    await waitFor(() => timers.waits().includes(200));
    expect(sink.batches.length).toBe(0);
    sample.fill(1, 2);
    run.advance(await sample.flushed());
    timers.ring();
    await waitFor(() => sink.cursor === sample.log.durable);
    expect(sink.batches.length).toBe(1);
    sample.fill(1, 3);
    const durable = await sample.flushed();
    run.advance(durable, durable);
    await waitFor(() => sink.cursor === durable);
    expect(sink.batches.length).toBe(2);
  });
});
