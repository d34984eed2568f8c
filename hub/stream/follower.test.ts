import { encodeFrame } from '@weir/protocol';
import type { LogBatch } from '@weir/log';
import { waitFor } from '@weir/testing';
import { describe, expect, it } from 'vitest';
import { ClockSource, encodeRecord, RecordKind } from '../ingest/record.js';
import type { SeriesIdentity } from '../registry/series.js';
import { Follower, type RecordSource } from './follower.js';
import type { FromStreamWorker, StreamFilter } from './messages.js';

const LIVE: StreamFilter = { mode: 'live', devices: null, channels: null };
const ALL: StreamFilter = { mode: 'all', devices: null, channels: null };
const SERIES: SeriesIdentity[] = [
  { id: 1, device: 'pi-1', channel: 'a', type: 'number', unit: 'Cel' },
  { id: 2, device: 'pi-2', channel: 'b/c', type: 'number', unit: '' },
];

/** A log whose records are 100 bytes long each, with one reading; counts how often it is read. */
class FakeLog implements RecordSource {
  readonly data: Uint8Array[] = [];
  readonly reads: number[] = [];
  fail = 0;

  /** A record without readings. */
  appendSilent(): number {
    const record = { kind: RecordKind.device, device: 1, epoch: 0, seq: 0, receivedUs: 0 };
    const clock = { offsetUs: 0, uncertaintyUs: 0, clockSource: ClockSource.bounded };
    this.data.push(encodeRecord({ ...record, ...clock, series: [], frame: new Uint8Array() }));
    return this.data.length * 100;
  }

  /** `ageUs`: how long before its receipt its reading was taken. */
  append(series: number, ageUs = 0): number {
    const seq = this.data.length + 1;
    const frame = encodeFrame({
      type: 'readings',
      epoch: 2 ** 40,
      seq,
      columns: [{ channel: 0, times: [1000], values: [seq] }],
    });
    const record = { kind: RecordKind.readings, device: 1, epoch: 2 ** 40, seq, receivedUs: 1500 + ageUs };
    const clock = { offsetUs: 500, uncertaintyUs: 7, clockSource: ClockSource.synced };
    this.data.push(encodeRecord({ ...record, ...clock, series: [series], frame }));
    return this.data.length * 100;
  }

  read(from: number, upTo: number, maxBytes = 1000): Promise<LogBatch> {
    this.reads.push(from);
    if (this.fail-- > 0) return Promise.reject(new Error('cannot read'));
    const last = Math.min(upTo, from + Math.max(100, Math.min(maxBytes, 1000)));
    const records = [];
    for (let offset = from; offset < last; offset += 100) {
      records.push({ offset, next: offset + 100, data: this.data[offset / 100] ?? new Uint8Array() });
    }
    return Promise.resolve({ records, next: last, skipped: [] });
  }
}

type Said = Extract<FromStreamWorker, { type: 'text' }>;
type Handed = Extract<FromStreamWorker, { type: 'portion' }>;

function setUp(windowCharacters = 1e6) {
  const log = new FakeLog();
  const posted: FromStreamWorker[] = [];
  const follower = new Follower({
    source: log,
    windowCharacters,
    post: (message) => posted.push(message),
    pause: () => Promise.resolve(),
  });
  follower.announce(SERIES);
  const said = (id: number): Said[] =>
    posted.filter((each): each is Said => each.type === 'text' && each.id === id);
  const values = (id: number): number[] =>
    said(id)
      .map(({ text }) => JSON.parse(text) as { batches?: { values: number[] }[] })
      .flatMap(({ batches = [] }) => batches.flatMap((batch) => batch.values));
  const portions = (id: number): Handed[] =>
    posted.filter((each): each is Handed => each.type === 'portion' && each.id === id);
  return { log, posted, follower, said, values, portions };
}

const settled = (): Promise<void> => new Promise((resolve) => setImmediate(resolve));

function seqsIn({ texts }: Handed): number[] {
  return texts
    .map((text) => JSON.parse(text) as { batches?: { seq: number }[] })
    .flatMap(({ batches = [] }) => batches.map(({ seq }) => seq));
}

describe('the follower', () => {
  it('sends each record as JSON with the time placed, and the cursor behind it', async () => {
    const { log, follower, said } = setUp();
    follower.subscribe(1, 0, ALL);
    follower.advance(log.append(1));
    await waitFor(() => said(1).length === 2);
    expect(said(1).map(({ text }) => JSON.parse(text) as unknown)).toEqual([
      { type: 'caught_up', cursor: '0' },
      {
        type: 'readings',
        cursor: '100',
        batches: [
          {
            ...{ device: 'pi-1', channel: 'a', kind: 'number', unit: 'Cel', epoch: 2 ** 40, seq: 1 },
            ...{ times_us: [1500], values: [1], uncertainty_us: 7, clock: 'synced' },
          },
        ],
      },
    ]);
  });

  it('catches up from a cursor, says so once, and goes on live', async () => {
    const { log, follower, said, values } = setUp();
    for (let i = 0; i < 25; i++) log.append(1);
    follower.advance(2500);
    follower.subscribe(1, 300, ALL);
    await waitFor(() => values(1).length === 22);
    follower.advance(log.append(1));
    await waitFor(() => values(1).length === 23);
    expect(values(1)).toEqual(Array.from({ length: 23 }, (_, i) => i + 4));
    expect(said(1).filter(({ text }) => text.includes('caught_up'))).toHaveLength(1);
  });

  it('moves the cursor of who takes everything past records without readings, and leaves a filter in peace', async () => {
    const { log, follower, said } = setUp();
    follower.subscribe(1, 0, ALL);
    follower.subscribe(2, 0, { mode: 'all', devices: ['pi-2'], channels: null });
    follower.advance(log.append(1));
    await waitFor(() => said(1).at(-1)?.cursor === 100);
    follower.advance(log.appendSilent());
    await waitFor(() => said(1).at(-1)?.cursor === 200);
    expect(JSON.parse(said(1).at(-1)?.text ?? '')).toEqual({ type: 'caught_up', cursor: '200' });
    expect(said(2)).toHaveLength(1);
  });

  it('filters by device and channel, with patterns', async () => {
    const { log, follower, values } = setUp();
    follower.subscribe(1, 0, { mode: 'all', devices: ['pi-2'], channels: null });
    follower.subscribe(2, 0, { mode: 'all', devices: null, channels: ['b/*', 'nothing'] });
    follower.subscribe(3, 0, { mode: 'all', devices: ['pi-1'], channels: ['b/c'] });
    for (const series of [1, 2, 1, 2]) log.append(series);
    follower.advance(400);
    await waitFor(() => values(1).length === 2 && values(2).length === 2);
    expect(values(1)).toEqual([2, 4]);
    expect(values(3)).toEqual([]);
  });

  it('reads once for all who stand at the same place', async () => {
    const { log, follower, values } = setUp();
    for (let id = 1; id <= 50; id++) follower.subscribe(id, 0, ALL);
    follower.advance(log.append(1));
    await waitFor(() => values(50).length === 1);
    follower.advance(log.append(1));
    await waitFor(() => values(50).length === 2);
    expect(log.reads).toEqual([0, 100]);
  });

  it('waits for a slow subscriber with nobody else, and goes on where it stopped', async () => {
    const { log, follower, said, values } = setUp(500);
    follower.subscribe(1, 0, ALL);
    follower.subscribe(2, 0, ALL);
    const consume = (id: number): void => {
      for (const { text } of said(id)) follower.consumed(id, text.length);
    };
    for (let i = 0; i < 40; i++) {
      follower.advance(log.append(1));
      await waitFor(() => values(2).length === i + 1);
      const latest = said(2).at(-1);
      follower.consumed(2, latest?.text.length ?? 0);
    }
    const stalled = values(1).length;
    expect(stalled).toBeLessThan(10);
    for (let guard = 0; values(1).length < 40 && guard < 100; guard++) {
      consume(1);
      await new Promise((resolve) => setImmediate(resolve));
    }
    expect(values(1)).toEqual(Array.from({ length: 40 }, (_, i) => i + 1));
  });

  it('moves the cursor of one whom nothing concerns', async () => {
    const { log, follower, said } = setUp();
    for (let i = 0; i < 11_000; i++) log.append(1);
    follower.subscribe(1, 0, { mode: 'all', devices: ['nobody'], channels: null });
    follower.advance(1_100_000);
    const moved = await waitFor(() => said(1).find(({ text }) => text.includes('"batches":[]')));
    expect(moved.cursor).toBeGreaterThan(1_000_000);
  });

  it('tells of an unreadable log and tries again', async () => {
    const { log, posted, follower, values } = setUp();
    log.fail = 2;
    follower.subscribe(1, 0, ALL);
    follower.advance(log.append(1));
    await waitFor(() => values(1).length === 1);
    expect(posted.filter(({ type }) => type === 'fault')).toHaveLength(2);
  });

  it('passes on what the log had to skip', async () => {
    const { log, follower, said } = setUp();
    log.append(1);
    const read = log.read.bind(log);
    log.read = async (from, upTo, maxBytes) => ({
      ...(await read(from, upTo, maxBytes)),
      skipped: [{ from: 0, to: 50, reason: 'damaged' }],
    });
    follower.advance(100);
    follower.subscribe(1, 0, ALL);
    await waitFor(() => said(1).length > 1);
    expect(JSON.parse(said(1)[0]?.text ?? '')).toEqual({
      type: 'skipped',
      from: '0',
      to: '50',
      reason: 'damaged',
    });
  });

  it('forgets who leaves', async () => {
    const { log, follower, values } = setUp();
    follower.subscribe(1, 0, ALL);
    follower.subscribe(2, 0, ALL);
    follower.unsubscribe(1);
    follower.advance(log.append(1));
    await waitFor(() => values(2).length === 1);
    expect(values(1)).toEqual([]);
    await follower.close();
  });

  it('tells a live subscriber of late readings in few words, and sends it the fresh ones', async () => {
    const { log, follower, said, values } = setUp();
    follower.subscribe(1, 0, LIVE);
    follower.subscribe(2, 0, ALL);
    for (const series of [1, 1, 2]) log.append(series, 11e6);
    log.append(1);
    follower.advance(log.append(2, 9e6));
    await waitFor(() => values(2).length === 5);
    expect(values(1)).toEqual([4, 5]);
    const leftOut = said(1).flatMap(({ text }) =>
      text.includes('left_out') ? [JSON.parse(text) as unknown] : [],
    );
    expect(leftOut).toEqual([
      {
        ...{ type: 'left_out', cursor: '500', behind: false },
        spans: [
          { device: 'pi-1', channel: 'a', from_us: 1500, to_us: 1500, readings: 2 },
          { device: 'pi-2', channel: 'b/c', from_us: 1500, to_us: 1500, readings: 1 },
        ],
      },
    ]);
  });

  it('keeps a live subscriber at the end however much lies before it; another gets all of it', async () => {
    const { log, follower, said, values } = setUp();
    for (let i = 0; i < 45_000; i++) log.append(1);
    follower.advance(4_500_000);
    follower.subscribe(1, 0, LIVE);
    await waitFor(() => said(1).length > 0);
    expect(said(1).map(({ text }) => JSON.parse(text) as unknown)).toEqual([
      { type: 'left_out', cursor: '4500000', behind: true, spans: [] },
      { type: 'caught_up', cursor: '4500000' },
    ]);
    expect(log.reads).toEqual([]);
    follower.advance(log.append(1));
    await waitFor(() => values(1).length === 1);
  });

  it('lets a live subscriber that reads slowly go on at the end as well', async () => {
    const { log, follower, said, values } = setUp(500);
    follower.subscribe(1, 0, LIVE);
    for (let i = 0; i < 20; i++) follower.advance(log.append(1));
    await waitFor(() => values(1).length > 0);
    for (let i = 0; i < 50_000; i++) log.append(1);
    follower.advance(5_002_000);
    const before = values(1).length;
    expect(before).toBeLessThan(20);
    for (const { text } of said(1)) follower.consumed(1, text.length);
    await waitFor(() => said(1).some(({ text }) => text.includes('"behind":true')));
    for (const { text } of said(1)) follower.consumed(1, text.length);
    follower.advance(log.append(1));
    await waitFor(() => values(1).at(-1) === 50_021);
    expect(values(1).length - before).toBeLessThan(50);
  });
});

describe('a portion', () => {
  const OTHER: StreamFilter = { mode: 'all', devices: ['pi-2'], channels: null };

  it('is all that there is, at once; nothing else is said, and nothing is left behind', async () => {
    const { log, follower, said, portions } = setUp();
    for (let i = 0; i < 25; i++) log.append(1);
    follower.advance(2500);
    follower.subscribe(1, 300, ALL, 1e6);
    follower.finish(1);
    await waitFor(() => portions(1).length === 1);
    const [portion] = portions(1);
    expect(portion).toMatchObject({ cursor: 2500, caughtUp: true });
    expect(seqsIn(portion!)).toEqual(Array.from({ length: 22 }, (_, i) => i + 4));
    follower.advance(log.append(1));
    await settled();
    expect([portions(1).length, said(1).length]).toEqual([1, 0]);
  });

  it('is empty at the end of the log, and says how far it looked', () => {
    const { log, follower, portions } = setUp();
    follower.advance(log.append(1));
    follower.subscribe(1, 100, ALL, 1e6);
    expect(portions(1)).toEqual([]);
    follower.finish(1);
    expect(portions(1)).toEqual([{ type: 'portion', id: 1, texts: [], cursor: 100, caughtUp: true }]);
  });

  it('waits for the first thing that it wants; others move its cursor alone', async () => {
    const { log, follower, portions } = setUp();
    follower.subscribe(1, 0, OTHER, 1e6);
    follower.subscribe(2, 0, OTHER, 1e6);
    for (let i = 0; i < 5; i++) follower.advance(log.append(1));
    await settled();
    await settled();
    expect(portions(1)).toEqual([]);
    follower.finish(2);
    await waitFor(() => portions(2).length === 1);
    expect(portions(2)[0]).toMatchObject({ texts: [], cursor: 500, caughtUp: true });
    follower.advance(log.append(2));
    await waitFor(() => portions(1).length === 1);
    expect(portions(1)[0]).toMatchObject({ cursor: 600, caughtUp: true });
    expect(seqsIn(portions(1)[0]!)).toEqual([6]);
  });

  it('ends where it is full, and the next goes on there', async () => {
    const { log, follower, portions } = setUp();
    for (let i = 0; i < 50; i++) log.append(1);
    follower.advance(5000);
    const seqs: number[] = [];
    for (let id = 1, cursor = 0; cursor < 5000; id++) {
      follower.subscribe(id, cursor, ALL, 500);
      const [portion] = await waitFor(() => (portions(id).length > 0 ? portions(id) : null));
      expect(portion!.texts.join('').length).toBeLessThan(1000);
      expect(portion!.caughtUp).toBe(portion!.cursor === 5000);
      seqs.push(...seqsIn(portion!));
      ({ cursor } = portion!);
    }
    expect(seqs).toEqual(Array.from({ length: 50 }, (_, i) => i + 1));
  });

  it('of a long log in which nothing fits ends before the end', async () => {
    const { log, follower, portions } = setUp();
    for (let i = 0; i < 50_000; i++) log.append(1);
    follower.advance(5e6);
    follower.subscribe(1, 0, OTHER, 1e6);
    follower.finish(1);
    await waitFor(() => portions(1).length === 1);
    expect(portions(1)[0]).toMatchObject({ texts: [], caughtUp: false });
    expect(portions(1)[0]!.cursor).toBeGreaterThan(4e6);
  });

  it('of a live one holds what was left out beside what was sent, at one cursor', async () => {
    const { log, follower, portions } = setUp();
    follower.subscribe(1, 0, LIVE, 1e6);
    log.append(1, 11e6);
    follower.advance(log.append(1));
    await waitFor(() => portions(1).length === 1);
    const types = portions(1)[0]!.texts.map((text) => (JSON.parse(text) as { type: string }).type);
    expect(types).toEqual(['readings', 'left_out']);
    for (let i = 0; i < 45_000; i++) log.append(1);
    follower.advance(log.data.length * 100);
    follower.subscribe(2, 0, LIVE, 1e6);
    await waitFor(() => portions(2).length === 1);
    expect(portions(2)[0]).toMatchObject({ cursor: log.data.length * 100, caughtUp: true });
    expect(portions(2)[0]!.texts[0]).toContain('"behind":true');
  });

  it('is not made for one who has left', async () => {
    const { log, posted, follower } = setUp();
    follower.subscribe(1, 0, ALL, 1e6);
    follower.unsubscribe(1);
    follower.finish(1);
    follower.advance(log.append(1));
    await settled();
    expect(posted).toEqual([]);
    expect(log.reads).toEqual([]);
  });
});
