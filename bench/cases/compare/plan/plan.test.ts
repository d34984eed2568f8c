import { appendFile, readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { temporaryFolder } from '@weir/testing';
import { describe, expect, it } from 'vitest';
import type { RunRecord } from '../record.js';
import { scenarioKey } from '../scenario.js';
import { planRuns, runKey } from './plan.js';
import { RunBook } from './run-book.js';
import { scenariosOf, SETS } from './sets.js';

const lengths = { repeats: 3, seconds: 10, warmUpS: 2, seed: 7 };

describe('planRuns', () => {
  it('runs each scenario once in each round, in an order that the seed decides', () => {
    const scenarios = scenariosOf(['quick', 'quick']);
    const plans = planRuns(scenarios, lengths);
    const keys = new Set(scenarios.map(scenarioKey));
    expect(plans).toHaveLength(3 * keys.size);
    expect(new Set(plans.map(runKey)).size).toBe(plans.length);
    for (let round = 0; round < 3; round++) {
      const those = plans.slice(round * keys.size, (round + 1) * keys.size);
      expect(new Set(those.map(({ scenario }) => scenarioKey(scenario)))).toEqual(keys);
      expect(new Set(those.map(({ seed, replicate }) => `${seed} ${replicate}`)).size).toBe(1);
    }
    expect(planRuns(scenarios, { ...lengths, seed: 8 }).map(runKey)).not.toEqual(plans.map(runKey));
  });

  it('watches a slow sensor for some of its readings, a slow poller for some polls, and a flood not for long', () => {
    const windows = (set: 'rates' | 'classic' | 'throughput'): Set<number> =>
      new Set(planRuns(scenariosOf([set]), { ...lengths, seconds: 5 }).map(({ measuredS }) => measuredS));
    expect(windows('rates')).toEqual(new Set([5, 30]));
    expect(windows('classic')).toEqual(new Set([5, 10]));
    expect(windows('throughput')).toEqual(new Set([3]));
  });

  it('has no two different scenarios of one name in all sets', () => {
    const byKey = new Map<string, string>();
    for (const scenario of scenariosOf(SETS)) {
      const text = JSON.stringify(scenario);
      expect(byKey.get(scenarioKey(scenario)) ?? text).toBe(text);
      byKey.set(scenarioKey(scenario), text);
    }
  });
});

describe('the book of runs', () => {
  const plans = planRuns(scenariosOf(['quick']), lengths);
  const undertaking = { commit: 'abc', options: { seed: 7 }, plans };
  const record = (at: number) => ({ plan: plans[at], throughput: at }) as unknown as RunRecord;

  async function opened<T>(folder: string, use: (book: RunBook) => Promise<T>, fresh = false): Promise<T> {
    const book = await RunBook.open(folder, undertaking, fresh);
    try {
      return await use(book);
    } finally {
      await book.close();
    }
  }

  it('goes on where it was, whatever a crash left at its end', async () => {
    const folder = await temporaryFolder();
    await opened(folder, async (book) => {
      await book.add(record(0));
      await book.add(record(1));
    });
    await appendFile(join(folder, 'runs.jsonl'), '{"plan":{"scen');
    await opened(folder, async (book) => {
      expect(book.records).toEqual([record(0), record(1)]);
      expect(plans.map((plan) => book.has(plan)).filter(Boolean)).toHaveLength(2);
      await book.add(record(2));
    });
    expect(await opened(folder, ({ records }) => Promise.resolve(records))).toHaveLength(3);
  });

  it('begins anew after a finished comparison, and when told to', async () => {
    const folder = await temporaryFolder();
    await opened(folder, async (book) => {
      await book.add(record(0));
      await book.finish();
    });
    await opened(folder, async (book) => {
      expect(book.records).toEqual([]);
      await book.add(record(0));
    });
    expect(await opened(folder, ({ records }) => Promise.resolve(records), true)).toEqual([]);
    expect(await readFile(join(folder, 'runs.jsonl'), 'utf8')).toMatch(/^\{"plan":"[0-9a-f]{64}"\}\n$/);
  });

  it('mixes in no runs of another plan, and is open once', async () => {
    const folder = await temporaryFolder();
    const other = { ...undertaking, commit: 'def' };
    await opened(folder, async (book) => {
      await book.add(record(0));
      await expect(RunBook.open(folder, undertaking, true)).rejects.toMatchObject({ code: 'log.locked' });
    });
    for (let attempt = 0; attempt < 2; attempt++)
      await expect(RunBook.open(folder, other, false)).rejects.toMatchObject({ code: 'bench.other_plan' });
  });

  it('says which file is not what it should be', async () => {
    const folder = await temporaryFolder();
    await opened(folder, (book) => book.add(record(0)));
    await appendFile(join(folder, 'runs.jsonl'), 'garbage\n');
    const broken = { code: 'bench.bad_folder', message: expect.stringContaining('runs.jsonl') as string };
    await expect(RunBook.open(folder, undertaking, false)).rejects.toMatchObject(broken);
    const file = join(folder, 'file');
    await writeFile(file, '');
    await expect(RunBook.open(file, undertaking, false)).rejects.toMatchObject(broken);
  });
});
