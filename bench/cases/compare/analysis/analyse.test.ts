import { describe, expect, it } from 'vitest';
import { decodeFromCompressedBase64 } from 'hdr-histogram-js';
import {
  comparisonScenarios,
  histogramOf,
  planOf,
  recordOf,
  recordsOf,
  scenarioOf,
} from '../records.testing.js';
import { analyse } from './analyse.js';

describe('cells', () => {
  it('has one for each scenario, with its runs', () => {
    const { cells } = analyse(recordsOf(comparisonScenarios()));
    expect(cells).toHaveLength(comparisonScenarios().length);
    for (const cell of cells) expect(cell.runs).toBe(3);
  });

  it('takes runs, not readings, as what is averaged', () => {
    const run = (replicate: number, valuesUs: number[]) =>
      recordOf(planOf(scenarioOf(), replicate), { latency: histogramOf(valuesUs) });
    const [cell] = analyse([run(0, [1000, 1000, 1000, 1000]), run(1, [2000]), run(2, [3000])]).cells;
    expect(cell?.meanMs.mean).toBeCloseTo(2, 9);
    expect(cell?.meanMs.ci95[1]).toBeCloseTo(2 + 4.30265 / Math.sqrt(3), 3);
    expect(cell?.maxMs).toBe(3);
    expect(decodeFromCompressedBase64(cell?.hdr ?? '').totalCount).toBe(6);
  });

  it('says what a reading cost, and is plain JSON even when nothing arrived', () => {
    const plan = planOf(scenarioOf());
    const [cell] = analyse([recordOf(plan)]).cells;
    expect(cell?.bytesPerReading.mean).toBe(165);
    expect(cell?.packetsPerReading.mean).toBe(2);
    expect(cell?.clientCpuUsPerReading.mean).toBeCloseTo(300, 6);
    expect(cell?.energy[0]?.marginalJPerReading.mean).toBeCloseTo(2 * 2e-4 + 0.0003 * 0.8, 9);
    const nothing = recordOf(plan, {
      readings: { due: 240, arrived: 0, lost: 240, duplicated: 0 },
      latency: histogramOf([]),
      confirmed: null,
    });
    const none = analyse([nothing]);
    expect(none.cells[0]).toMatchObject({ lossRatio: 1, meanMs: { runs: 0 }, bytesPerReading: { runs: 0 } });
    expect(JSON.parse(JSON.stringify(none))).toEqual(none);
  });

  it('says nothing of nothing', () => {
    expect(analyse([]).cells).toEqual([]);
  });
});
