/** The report of a comparison, in the order in which a sceptic reads it. */
import { sort } from 'd3-array';
import type { Analysis, Cell } from '../analysis/analysis.js';
import type { CompareResults } from '../results.js';
import { DIRECTIONS } from '../scenario.js';
import type { ReportDocument, Section } from './document.js';
import { METHODS } from './methods.js';
import { allCells, conditions, doubts, method, repeat, theory } from './sections/belief.js';
import { distributions } from './sections/distributions.js';
import { elsewhere } from './sections/elsewhere.js';
import { energy } from './sections/energy.js';
import { againstDelay, againstDevices, againstRate } from './sections/latency.js';
import { nagle, networks } from './sections/networks.js';
import type { SectionMaker } from './sections/section.js';
import { summary } from './sections/summary.js';
import { throughput } from './sections/throughput.js';
import { bytes } from './sections/bytes.js';
import { cpu } from './sections/cpu.js';

const SECTIONS: readonly SectionMaker[] = [
  summary,
  ...[distributions, againstDelay, againstRate, againstDevices],
  ...[bytes, energy, throughput, cpu],
  ...[networks, nagle, elsewhere],
  ...[theory, doubts, method, conditions, repeat, allCells],
];

export function documentOf(results: CompareResults): ReportDocument {
  const shown = { ...results, analysis: withoutEmpty(results.analysis) };
  const made = SECTIONS.map((make) => make(shown));
  const sections = made.filter(({ needs }) => needs === undefined);
  return { title: 'WebSocket against polling, measured', sections: [...sections, ...notShown(made)] };
}

/** What the report would have with more runs. */
function notShown(made: readonly Section[]): Section[] {
  const items = made.flatMap(({ title, needs }) =>
    needs === undefined ? [] : [`${title}: it takes ${needs}.`],
  );
  if (items.length === 0) return [];
  return [{ id: 'not-shown', title: 'What these runs do not show', blocks: [{ kind: 'list', items }] }];
}

/** Without a rate is as fast as it goes. */
const RATE_MAX = Number.MAX_VALUE;

/** Not in the order of runs, which is drawn. */
function byScenario({ scenario: one }: Cell, { scenario: other }: Cell): number {
  return (
    DIRECTIONS.indexOf(one.direction) - DIRECTIONS.indexOf(other.direction) ||
    one.network.up.delayMs - other.network.up.delayMs ||
    (one.rateHz ?? RATE_MAX) - (other.rateHz ?? RATE_MAX) ||
    one.readingsPerMessage - other.readingsPerMessage ||
    METHODS.indexOf(one.method) - METHODS.indexOf(other.method)
  );
}

const LATENCIES = ['meanMs', 'p50Ms', 'p99Ms', 'p999Ms'] as const;

/** A latency of no run is no latency of 0: as NaN it has no place and no text. */
function withoutEmpty({ cells, claims }: Analysis): Analysis {
  const emptied = cells.map((cell): Cell => {
    const empty = LATENCIES.filter((name) => cell[name].runs === 0);
    return { ...cell, ...Object.fromEntries(empty.map((name) => [name, { ...cell[name], mean: NaN }])) };
  });
  return { cells: sort(emptied, byScenario), claims };
}
