import { MemoryFiles, type OperationKind } from '@weir/log';
import { seededEntropy, systemClock, type Timers } from '@weir/runtime';
import { describe, expect, it } from 'vitest';
import type { SinkColumn } from '../sink.js';
import type { LineWriter } from './client.js';
import { QuarantineDesk } from './quarantine-desk.js';
import { Quarantine, type Refused } from './quarantine.js';
import type { Refusal } from './refusal.js';

/** What the log tries again after a fault is of no interest here: the machine is gone by then. */
const NO_TIMERS: Timers = { after: () => () => undefined };
const BYTES = 2 ** 20;
const ALL = { device: null, limit: 1_000, cursor: null };
const signal = (): AbortSignal => new AbortController().signal;

/** The reading number `n` of a device, refused. Its offset in the hub's log is `n` too. */
function refused(n: number, device = n % 2 === 0 ? 'pi-1' : 'pi-2', logOffset = n): Refused {
  const series = { id: 1, device, channel: 'flow', type: 'number', unit: '' } as const;
  const column = { series, epoch: 2 ** 40, seq: [n], index: [0], logOffset } as unknown as SinkColumn;
  return { line: { text: `flow value=${n}`, column, index: 0 }, status: 400, reason: 'field type conflict' };
}

const numbers = (first: number, last: number): Refused[] =>
  Array.from({ length: last - first + 1 }, (_, i) => refused(first + i));

/** Stores lines, but for those that it is told to refuse. */
class Server implements LineWriter {
  readonly stored = new Set<string>();
  refuses: (line: string) => boolean = () => false;
  requests = 0;
  down = false;

  write(lines: string[]): Promise<Refusal | null> {
    this.requests++;
    if (this.down) return Promise.reject(new Error('down'));
    const bad = lines.flatMap((line, place) => (this.refuses(line) ? [place] : []));
    lines.forEach((line, place) => bad.includes(place) || this.stored.add(line));
    if (bad.length === 0) return Promise.resolve(null);
    const named = new Map(bad.map((place) => [place, 'still wrong']));
    return Promise.resolve({ status: 422, reason: 'partial write', dropped: null, named, certain: true });
  }

  close(): void {
    return undefined;
  }
}

async function open(files = new MemoryFiles(), cursor = 0, bytes = BYTES) {
  const around = { files: files.forProcess(), clock: systemClock, timers: NO_TIMERS };
  await around.files.makeDir('/q');
  const quarantine = await Quarantine.open('/q', bytes, cursor, around);
  const server = new Server();
  const desk = new QuarantineDesk({ lend: (use) => use(quarantine), connect: () => server });
  const lines = async (device: string | null = null) =>
    (await quarantine.read(quarantine.places(0, Infinity, device, Infinity))).map(({ entry }) => entry.line);
  return { files, quarantine, server, desk, lines };
}

describe('the quarantine', () => {
  it('keeps apart the frames of one record of the log, also when they come again', async () => {
    const { files, quarantine, lines } = await open();
    const record = [1, 2, 3].map((n) => refused(n, 'pi-1', 100));
    await quarantine.add(record.slice(0, 1));
    await quarantine.add(record);
    expect(await lines()).toHaveLength(3);
    files.kill();
    const again = await open(files, 100);
    await again.quarantine.add(record);
    expect(await again.lines()).toHaveLength(3);
  });

  it('lists by device and by page, oldest first, with the reason', async () => {
    const { quarantine, desk } = await open();
    await quarantine.add(numbers(1, 7));
    const page = await desk.answer(
      { kind: 'quarantine_list', device: 'pi-2', limit: 3, cursor: null },
      signal(),
    );
    expect(page).toMatchObject({
      ...{ count: 7, expired: 0 },
      entries: [1, 3, 5].map((seq) => ({ seq, device: 'pi-2', status: 400, reason: 'field type conflict' })),
      nextCursor: expect.stringMatching(/^\d+-\d+$/) as string,
    });
    const { nextCursor } = page as { nextCursor: string };
    const rest = await desk.answer(
      { kind: 'quarantine_list', device: 'pi-2', limit: 3, cursor: nextCursor },
      signal(),
    );
    expect(rest).toMatchObject({ entries: [{ seq: 7 }], nextCursor: null });
    const of = await desk.answer({ kind: 'quarantine_of', device: 'pi-1' }, signal());
    expect(of).toMatchObject({ readings: 3, reason: 'field type conflict' });
    expect(await desk.answer({ kind: 'quarantine_of', device: 'nobody' }, signal())).toBeNull();
  });

  it('retries: what is taken leaves, what is refused again stays once, with the new reason', async () => {
    const { files, quarantine, server, desk } = await open();
    await quarantine.add(numbers(1, 6));
    server.refuses = (line) => line.endsWith('=3');
    const done = await desk.answer({ kind: 'quarantine_retry', by: 'admin', ...ALL }, signal());
    expect(done).toEqual({ tried: 6, stored: 5, refused: 1, left: 1, nextCursor: null });
    expect(server.stored.size).toBe(5);
    await quarantine.close();
    const again = await open(files);
    expect(await again.lines()).toEqual(['flow value=3']);
    const page = await again.desk.answer({ kind: 'quarantine_list', ...ALL }, signal());
    expect(page).toMatchObject({ count: 1, entries: [{ seq: 3, status: 422, reason: 'still wrong' }] });
  });

  it('pages through a retry without meeting again what was refused again', async () => {
    const { quarantine, server, desk } = await open();
    await quarantine.add(numbers(1, 10));
    server.refuses = () => true;
    let cursor: string | null = null;
    let tried = 0;
    do {
      const done = await desk.answer(
        { kind: 'quarantine_retry', by: 'x', device: null, limit: 4, cursor },
        signal(),
      );
      const { tried: more, nextCursor } = done as { tried: number; nextCursor: string | null };
      tried += more;
      cursor = nextCursor;
    } while (cursor !== null);
    expect([tried, quarantine.count]).toEqual([10, 10]);
  });

  it('drops a selection, and a retry under way does not bring it back', async () => {
    const { files, quarantine, server, desk } = await open();
    await quarantine.add(numbers(1, 6));
    server.refuses = () => true;
    const retry = desk.answer({ kind: 'quarantine_retry', by: 'a', ...ALL }, signal());
    const drop = desk.answer({ kind: 'quarantine_drop', by: 'b', ...ALL, device: 'pi-1' }, signal());
    expect(await drop).toMatchObject({ dropped: 3 });
    await retry;
    expect(quarantine.count).toBe(3);
    await quarantine.close();
    const again = await open(files);
    expect(await again.lines('pi-1')).toEqual([]);
    expect((await again.lines('pi-2')).sort()).toEqual([1, 3, 5].map((n) => `flow value=${n}`));
  });

  it('keeps everything when the server does not answer', async () => {
    const { quarantine, server, desk } = await open();
    await quarantine.add(numbers(1, 6));
    server.down = true;
    await expect(desk.answer({ kind: 'quarantine_retry', by: 'a', ...ALL }, signal())).rejects.toThrow(
      'down',
    );
    expect(quarantine.count).toBe(6);
  });

  it('takes a batch that comes again for what it is, also after a restart, but no longer than it may come', async () => {
    const { files, quarantine } = await open();
    await quarantine.add(numbers(1, 4));
    await quarantine.add(numbers(1, 4));
    expect(quarantine.count).toBe(4);
    await quarantine.close();
    const again = await open(files, 3);
    await again.quarantine.add(numbers(3, 5));
    expect(again.quarantine.count).toBe(5);
    again.quarantine.passed(6);
    await again.quarantine.add(numbers(5, 5));
    expect(again.quarantine.count).toBe(6);
  });

  it('lets the oldest go beyond its size, counts them, and gives space back when entries are over', async () => {
    const { quarantine, desk, lines } = await open(new MemoryFiles(), 0, 64 * 1024);
    for (let i = 0; i < 20; i++) await quarantine.add(numbers(i * 50 + 1, i * 50 + 50));
    expect(quarantine.expired).toBeGreaterThan(0);
    expect(quarantine.expired + quarantine.count).toBe(1_000);
    expect((await lines()).at(-1)).toBe('flow value=1000');
    expect(await lines()).toHaveLength(quarantine.count);
    await desk.answer({ kind: 'quarantine_drop', by: 'a', ...ALL, limit: 2_000 }, signal());
    expect(quarantine.count).toBe(0);
  });

  it.each(['', '5', '-1-2', 'x-y', '1-99999999999999999999'])('refuses the cursor %j', async (cursor) => {
    const { desk } = await open();
    await expect(desk.answer({ kind: 'quarantine_list', ...ALL, cursor }, signal())).rejects.toThrow(
      /^cursor: /,
    );
  });
});

describe('a power cut during a retry or a drop', () => {
  const GOOD = [1, 2, 4, 5, 7, 8].map((n) => `flow value=${n}`);
  const BAD = [3, 6].map((n) => `flow value=${n}`);

  /** Cuts the power at the operation number `at` after the request began. False when the request ended before. */
  async function cut(
    kind: 'quarantine_retry' | 'quarantine_drop',
    at: number,
    seed: number,
  ): Promise<boolean> {
    const first = await open();
    await first.quarantine.add(numbers(1, 8));
    first.server.refuses = (line) => BAD.includes(line);
    let operations = 0;
    const machine = { stopped: false };
    first.files.fault = ({ bytes }: { kind: OperationKind; bytes: number }) => {
      if (operations++ < at || machine.stopped) return null;
      machine.stopped = true;
      return { stop: Math.floor(bytes / 2) };
    };
    const request = first.desk.answer({ kind, by: 'admin', ...ALL }, signal()).then(
      () => true,
      () => true,
    );
    const turns = (async () => {
      for (let i = 0; i < 2_000 && !machine.stopped; i++) await Promise.resolve();
      return false;
    })();
    const done = (await Promise.race([request, turns])) && !machine.stopped;
    first.files.fault = null;
    first.files.powerCut(seededEntropy(seed));
    const after = await open(first.files);
    const left = await after.lines();
    expect(new Set(left).size).toBe(left.length);
    if (kind === 'quarantine_drop') {
      expect([0, 8]).toContain(left.length);
      return !done;
    }
    // Nothing is lost: each is in the quarantine or in the server. Nothing bad left it.
    for (const line of GOOD) expect(left.includes(line) || first.server.stored.has(line)).toBe(true);
    for (const line of BAD) expect(left).toContain(line);
    if (done) expect(left.sort()).toEqual(BAD);
    after.server.refuses = first.server.refuses;
    await after.desk.answer({ kind, by: 'admin', ...ALL }, signal());
    expect((await after.lines()).sort()).toEqual(BAD);
    return !done;
  }

  it.each(['quarantine_retry', 'quarantine_drop'] as const)('%s: at every operation', async (kind) => {
    let cuts = 0;
    for (let at = 0; ; at++) {
      let any = false;
      for (let seed = 0; seed < 10; seed++) any = (await cut(kind, at, seed)) || any;
      if (!any) break;
      cuts++;
    }
    expect(cuts).toBeGreaterThan(1);
  });
});
