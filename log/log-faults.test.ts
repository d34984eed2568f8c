import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { ManualTimers, numbered, readAll, settle } from './harness.js';
import type { ReadAll } from './harness.js';
import { Log } from './log.js';
import type { LogState } from './committer.js';
import { MemoryFiles } from './memory-files.js';
import type { Operation } from './memory-files.js';
import { segmentPath } from './segment.js';

interface Setup {
  files: MemoryFiles;
  timers: ManualTimers;
  log: Log;
  states: LogState[];
}

async function setup(segmentBytes = 10_000): Promise<Setup> {
  const files = new MemoryFiles();
  const timers = new ManualTimers();
  const log = await Log.open('/log', { files, timers, segmentBytes, maxPendingBytes: 2000 });
  const states: LogState[] = [];
  log.onState((state) => states.push(state));
  return { files, timers, log, states };
}

function read(log: Log): Promise<ReadAll> {
  return readAll((at) => log.read(at), 0, log.durable);
}

/** Records as their numbers; -1 for one that is not what was appended. */
function numbers({ records }: ReadAll, size = 100): number[] {
  return records.map(({ data }, i) => (Buffer.compare(data, numbered(i, size)) === 0 ? i : -1));
}

/** Appends numbered records of 100 bytes. */
function append(log: Log, from: number, to: number): void {
  for (let i = from; i < to; i++) log.append(numbered(i, 100));
}

const upTo = (count: number): number[] => Array.from({ length: count }, (_, i) => i);

/** Fails the next so many operations of a kind. */
function failing(kind: Operation['kind'], code: string, times = 1): MemoryFiles['fault'] {
  let left = times;
  return (operation) => (operation.kind === kind && left-- > 0 ? { code } : null);
}

describe('a process without a free file descriptor', () => {
  const noFiles: MemoryFiles['fault'] = ({ kind }) => (kind === 'open' ? { code: 'EMFILE' } : null);
  const segmentsOf = async (files: MemoryFiles): Promise<string[]> =>
    (await files.list('/log')).filter((name) => name !== 'lock').sort();

  it('goes on in the segment that it has, beyond its size, and begins another when it can', async () => {
    const { files, log, states } = await setup(540);
    append(log, 0, 5);
    await log.flushed();
    files.fault = noFiles;
    for (let i = 5; i < 30; i += 5) {
      append(log, i, i + 5);
      await log.flushed();
    }
    expect([log.durable, log.state, states]).toEqual([30 * 108, 'ok', []]);
    expect(await segmentsOf(files)).toEqual([segmentPath('/log', 0).slice('/log/'.length)]);
    files.fault = null;
    append(log, 30, 35);
    await log.flushed();
    expect(await segmentsOf(files)).toHaveLength(2);
    expect(numbers(await read(log))).toEqual(upTo(35));
    await log.close();
    const again = await Log.open('/log', { files });
    expect(numbers(await read(again))).toEqual(upTo(35));
    expect(again.problems).toEqual([]);
    await again.close();
  });

  it('confirms nothing while it has no segment at all, and goes on by itself', async () => {
    const { files, timers, log, states } = await setup();
    files.fault = noFiles;
    append(log, 0, 5);
    await settle();
    expect([log.state, log.durable]).toEqual(['failed', 0]);
    expect(log.error?.message).toContain('EMFILE');
    files.fault = null;
    timers.fire();
    await log.flushed();
    expect([log.state, states]).toEqual(['ok', ['failed', 'ok']]);
    expect(numbers(await read(log))).toEqual(upTo(5));
    await log.close();
  });

  it('does not go on in the old segment once the new one has its name', async () => {
    const { files, timers, log } = await setup(540);
    append(log, 0, 5);
    await log.flushed();
    files.fault = failing('syncDir', 'EMFILE');
    append(log, 5, 10);
    await settle();
    expect([log.state, log.durable]).toEqual(['failed', 540]);
    timers.fire();
    await log.flushed();
    expect(await segmentsOf(files)).toHaveLength(2);
    expect(numbers(await read(log))).toEqual(upTo(10));
    await log.close();
  });
});

describe('a full disk', () => {
  it('confirms nothing, keeps what waits within bounds, and goes on by itself when there is space', async () => {
    const { files, timers, log, states } = await setup();
    append(log, 0, 5);
    await log.flushed();
    files.capacityBytes = 64 + 7 * 108 + 50;
    append(log, 5, 10);
    await settle();
    expect([log.state, log.durable, log.pendingBytes]).toEqual(['disk_full', 540, 540]);
    expect(log.error).toMatchObject({ code: 'log.disk_full', retryable: true });
    expect(files.contents(segmentPath('/log', 0)).length).toBe(64 + 540);
    append(log, 10, 20);
    expect(() => {
      append(log, 20, 30);
    }).toThrow('disk is full');
    expect(log.pendingBytes).toBeLessThanOrEqual(2000);
    timers.fire();
    await settle();
    expect([log.state, log.durable]).toEqual(['disk_full', 540]);
    files.capacityBytes = Infinity;
    timers.fire();
    await log.flushed();
    expect([log.state, log.error, states]).toEqual(['ok', null, ['disk_full', 'ok']]);
    expect(numbers(await read(log))).toEqual(upTo(log.durable / 108));
    expect(log.problems).toEqual([]);
    await log.close();
  });

  it('goes on at once when segments are dropped', async () => {
    const { files, log } = await setup(540);
    append(log, 0, 10);
    await log.flushed();
    files.capacityBytes = 2 * (64 + 540);
    append(log, 10, 12);
    await settle();
    expect(log.state).toBe('disk_full');
    await log.dropBefore(log.durable);
    await log.flushed();
    expect([log.state, log.start, log.durable]).toEqual(['ok', 540, 12 * 108]);
  });

  it('for long, with many tries and slow appends, takes no more memory than what waits', async () => {
    const { files, timers, log } = await setup();
    files.capacityBytes = 10;
    for (let i = 0; i < 10; i++) {
      append(log, i, i + 1);
      await settle();
      timers.fire();
      await settle();
    }
    const writes = files.counts.get('write');
    files.capacityBytes = Infinity;
    timers.fire();
    await log.flushed();
    // The header, and one write of all that waited.
    expect(files.counts.get('write')! - writes!).toBe(2);
    expect(numbers(await read(log))).toEqual(upTo(10));
  });

  it('told by the sync only is the same', async () => {
    const { files, timers, log, states } = await setup();
    append(log, 0, 5);
    await log.flushed();
    files.fault = failing('sync', 'EDQUOT');
    append(log, 5, 8);
    await settle();
    expect([log.state, log.durable]).toEqual(['disk_full', 540]);
    timers.fire();
    await log.flushed();
    files.powerCut();
    const again = await Log.open('/log', { files });
    expect(numbers(await read(again))).toEqual(upTo(8));
    expect([again.problems, states]).toEqual([[], ['disk_full', 'ok']]);
  });

  it('is left by close with an error that says what is not on the disk', async () => {
    const { files, log } = await setup();
    files.capacityBytes = 100;
    append(log, 0, 3);
    const flushed = log.flushed();
    await settle();
    const closing = log.close();
    await expect(flushed).rejects.toMatchObject({ code: 'log.closed' });
    await expect(closing).rejects.toMatchObject({ code: 'log.unflushed', details: { value: 324 } });
    files.capacityBytes = Infinity;
    const again = await Log.open('/log', { files });
    expect(again.end).toBe(0);
  });
});

describe('a failed sync', () => {
  it('ends the segment at its last durable offset; what waited goes to a fresh one, under the same offsets', async () => {
    const { files, log, states } = await setup();
    append(log, 0, 5);
    await log.flushed();
    files.fault = failing('sync', 'EIO');
    append(log, 5, 8);
    await log.flushed();
    expect(states).toEqual(['failed', 'ok']);
    append(log, 8, 10);
    await log.flushed();
    expect((await files.list('/log')).sort()).toEqual([0, 540].map((base) => segmentPath('', base)));
    expect(numbers(await read(log))).toEqual(upTo(10));
    files.powerCut();
    const again = await Log.open('/log', { files });
    expect(numbers(await read(again))).toEqual(upTo(10));
    expect(again.problems).toEqual([]);
  });

  it('of the first group of a segment: the file is replaced', async () => {
    const { files, log } = await setup();
    files.fault = ({ kind }) => (kind === 'sync' && files.counts.get('sync') === 2 ? { code: 'EIO' } : null);
    append(log, 0, 3);
    await log.flushed();
    expect(files.counts.get('rename')).toBe(2);
    files.powerCut();
    expect(numbers(await read(await Log.open('/log', { files })))).toEqual(upTo(3));
  });

  it('is never taken for done, even where the file cannot be cut and another process follows', async () => {
    const { files, log } = await setup();
    append(log, 0, 5);
    await log.flushed();
    files.fault = ({ kind, path }) =>
      kind === 'sync' || (kind === 'open' && path.endsWith('.new')) ? { code: 'EIO' } : null;
    append(log, 5, 8);
    await settle();
    expect([log.state, log.durable]).toEqual(['failed', 540]);
    expect(log.error).toMatchObject({ code: 'log.failed' });
    files.fault = null;
    files.kill();
    const next = await Log.open('/log', { files });
    expect(next.durable).toBe(540);
    append(next, 5, 6);
    await next.flushed();
    files.powerCut();
    expect(numbers(await read(await Log.open('/log', { files })))).toEqual(upTo(6));
  });

  it('that goes on stays failed, bounded, and ends by itself when the disk is well', async () => {
    const { files, timers, log, states } = await setup();
    append(log, 0, 5);
    await log.flushed();
    files.fault = failing('sync', 'EIO', Infinity);
    append(log, 5, 20);
    for (let i = 0; i < 5; i++) {
      await settle();
      timers.fire();
    }
    expect([log.state, log.durable, timers.delays.length]).toEqual(['failed', 540, 0]);
    await settle();
    expect(() => {
      append(log, 20, 100);
    }).toThrow('already wait');
    files.fault = null;
    timers.fire();
    await log.flushed();
    expect(states).toEqual(['failed', 'ok']);
    files.powerCut();
    expect(numbers(await read(await Log.open('/log', { files })))).toEqual(upTo(log.durable / 108));
  });
});

describe('a failed write', () => {
  it.each(['EIO', 'ENOSPC'])('leaves nothing of its part: %s', async (code) => {
    const { files, timers, log } = await setup();
    append(log, 0, 5);
    await log.flushed();
    let left = 1;
    files.fault = ({ kind }) => (kind === 'write' && left-- > 0 ? { code, bytes: 150 } : null);
    append(log, 5, 8);
    await settle();
    timers.fire();
    await log.flushed();
    expect(numbers(await read(log))).toEqual(upTo(8));
    await log.close();
    const again = await Log.open('/log', { files });
    expect([numbers(await read(again)), again.problems]).toEqual([upTo(8), []]);
  });

  it.each(['truncate', 'rename', 'syncDir', 'open', 'sync', 'write'] as const)(
    'and a %s that fails with it cost nothing that is confirmed',
    async (second) => {
      const { files, timers, log } = await setup(540);
      append(log, 0, 3);
      await log.flushed();
      let writes = 1;
      let seconds = 2;
      files.fault = ({ kind }) => {
        if (kind === 'write' && writes-- > 0) return { code: 'ENOSPC', bytes: 10 };
        return kind === second && seconds-- > 0 ? { code: 'EIO' } : null;
      };
      append(log, 3, 15);
      for (let i = 0; i < 6; i++) {
        await settle();
        timers.fire();
      }
      await log.flushed();
      expect(numbers(await read(log))).toEqual(upTo(15));
      files.powerCut();
      const again = await Log.open('/log', { files });
      expect([numbers(await read(again)), again.problems]).toEqual([upTo(15), []]);
    },
  );
});

it('goes on with the rest after short writes', async () => {
  const { files, log } = await setup(300);
  files.fault = ({ kind }) => (kind === 'write' ? { short: 7 } : null);
  append(log, 0, 8);
  await log.flushed();
  expect(numbers(await read(log))).toEqual(upTo(8));
});

it('passes over sectors that cannot be read, and tells', async () => {
  const { files, log } = await setup();
  for (let i = 0; i < 90; i += 15) {
    append(log, i, i + 15);
    await log.flushed();
  }
  const path = segmentPath('/log', 0);
  await log.close();
  const again = await Log.open('/log', { files });
  files.fault = ({ kind, bytes }) => (kind === 'read' && bytes > 2000 ? { code: 'EIO' } : null);
  // Reads of a whole batch fail here; those of the last, shorter sector do not.
  const { records, skipped } = await read(again);
  expect(records.map(({ data }) => data)).toEqual(
    upTo(90)
      .slice(-records.length)
      .map((i) => numbered(i, 100)),
  );
  expect(records.length).toBeGreaterThan(5);
  expect(skipped.map(({ from, reason }) => [from, reason])).toEqual([[0, 'damaged']]);
  expect(again.problems).toMatchObject([{ file: path, position: 64, offset: 0, reason: 'bad record' }]);
});

it('says why a directory cannot be opened', async () => {
  const files = new MemoryFiles();
  files.fault = failing('makeDir', 'EACCES');
  await expect(Log.open('/log', { files })).rejects.toMatchObject({ code: 'log.io' });
  files.fault = failing('list', 'EIO');
  await expect(Log.open('/log', { files })).rejects.toThrow(join('/log'));
  await (await Log.open('/log', { files })).close();
});
