import { fileURLToPath } from 'node:url';
import { describe, expect, it } from 'vitest';
import { columns, markdownTable } from '../report/columns.js';
import { BENCH_CASES } from './all.js';
import type { IngestResult } from './ingest/ingest.js';

/** Whole small runs: that the parts fit, and that what was acknowledged is what is stored. Speed is not looked at. */
const results = new Map<string, object>();
const context = {
  signal: new AbortController().signal,
  progress: () => undefined,
  advance: () => undefined,
  weir: [process.execPath, fileURLToPath(new URL('../../../cli/bin/weir.cjs', import.meta.url))],
};

// `compare` has a test of its own: its quick runs are a measurement, and take minutes.
describe.each(BENCH_CASES.filter(({ name }) => name !== 'compare'))('weir bench $name', (bench) => {
  it('runs and tells its result as plain JSON and as a table', async () => {
    const result = await bench.run(bench.options.parse(bench.quick), context);
    results.set(bench.name, result);
    expect(JSON.parse(JSON.stringify(result))).toStrictEqual(result);
    for (const format of [columns, markdownTable])
      expect(bench.table(result, format)).not.toMatch(/NaN|undefined|Infinity/);
    expect(result).toMatchObject({ bench: bench.name, conditions: { node: process.version } });
  });
});

describe('the result of weir bench ingest', () => {
  it('has the figures of each size of frames', () => {
    const { cases } = results.get('ingest') as IngestResult;
    expect(cases.map((each) => each.readings_per_frame)).toEqual([1, 100]);
    for (const each of cases) {
      expect(each.ratio).toBeGreaterThan(0);
      expect(each.ack_ms?.p99).toBeGreaterThanOrEqual(each.ack_ms?.p50 ?? Infinity);
      expect(each.bytes_written).toBeGreaterThan(0);
      expect(each.stored_lag_s).toBeGreaterThanOrEqual(0);
    }
  });

  it('has every run, with as many readings stored as acknowledged', () => {
    const { runs, skipped } = results.get('ingest') as IngestResult;
    expect(runs).toHaveLength(2 * (4 - skipped.length));
    const stored = runs.filter(({ arm }) => arm === 'weir' || arm === 'weir-paced');
    for (const { kept } of stored) expect(kept?.readings_stored).toBe(kept?.readings_acked);
    for (const { frames_per_s: framesPerS } of runs) expect(framesPerS).toBeGreaterThan(0);
  });
});
