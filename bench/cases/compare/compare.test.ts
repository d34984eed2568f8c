import { readFile, readdir } from 'node:fs/promises';
import { join } from 'node:path';
import { temporaryFolder } from '@weir/testing';
import { describe, expect, it, onTestFinished } from 'vitest';
import type { BenchContext } from '../../case.js';
import { columns, markdownTable } from '../../report/columns.js';
import { compare } from './compare.js';
import { RunBook } from './plan/run-book.js';
import type { CompareResults } from './results.js';

function setUp() {
  const stop = new AbortController();
  onTestFinished(() => stop.abort());
  const lines: string[] = [];
  const context: BenchContext = {
    signal: stop.signal,
    progress: (line) => void lines.push(line),
    advance: ({ done }) => {
      if (done === 1) stop.abort();
    },
    weir: [],
  };
  return { stop, lines, stopping: context, context: { ...context, advance: () => undefined } };
}

describe('weir bench compare', () => {
  it('stops, goes on where it was, and reports on the four claims', async () => {
    const [report, dir] = [await temporaryFolder(), await temporaryFolder()];
    const options = compare.options.parse({
      ...{ sets: 'quick', repeats: 1, seconds: 0.5, warm_up: 0.2, report, dir },
    });
    const first = setUp();
    await expect(compare.run(options, first.stopping)).rejects.toThrow(/abort/i);
    expect(first.lines.at(-1)).toMatch(/^1 of \d+ runs are in/);
    expect(await readdir(dir)).toEqual([]);

    const second = setUp();
    const results = (await compare.run(options, second.context)) as CompareResults;
    expect(second.lines[0]).toMatch(/^1 of \d+ runs are in/);
    expect(results.notMeasured.filter(({ what }) => what !== 'MQTT')).toEqual([]);
    expect(results.runs).toHaveLength(results.planned);
    for (const { plan, readings } of results.runs) {
      expect(readings, JSON.stringify(plan.scenario)).toMatchObject({ lost: 0, duplicated: 0 });
      expect(readings.arrived).toBeGreaterThan(0);
    }
    expect(results.claims.map(({ id }) => id)).toEqual(['latency', 'throughput', 'energy', 'bytes']);
    for (const { ratio } of results.claims) expect(ratio).toBeGreaterThan(0);
    expect((await readdir(report)).sort()).toEqual(['report.html', 'report.md', 'results.json']);
    const [stored, markdown, html] = await Promise.all(
      ['results.json', 'report.md', 'report.html'].map((name) => readFile(join(report, name), 'utf8')),
    );
    expect(JSON.parse(stored ?? '')).toEqual(JSON.parse(JSON.stringify(results)));
    for (const text of [
      compare.table(results, columns),
      compare.table(results, markdownTable),
      markdown,
      html,
    ])
      expect(text).not.toMatch(/NaN|undefined|Infinity/);
    expect(await readdir(dir)).toEqual([]);
  });

  it('refuses a folder with runs of another plan before it measures', async () => {
    const report = await temporaryFolder();
    await (await RunBook.open(report, { commit: '', options: {}, plans: [] }, false)).close();
    const options = compare.options.parse({ sets: 'quick', report });
    await expect(compare.run(options, setUp().context)).rejects.toMatchObject({ code: 'bench.other_plan' });
  });
});

describe('options that do not go together', () => {
  it.each([
    ['--hub needs --token-file', { hub: 'ws://127.0.0.1:1' }],
    ['go with --hub', { token_file: 'token' }],
  ])('%s', async (message, given) => {
    const run = compare.run(compare.options.parse(given), setUp().context);
    await expect(run).rejects.toMatchObject({
      code: 'config.invalid',
      message: expect.stringContaining(message) as string,
    });
  });
});
