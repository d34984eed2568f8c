/** The report of a comparison, in the order in which a sceptic reads it. */
import type { CompareResults } from '../results.js';
import type { ReportDocument } from './document.js';
import { allCells, conditions, doubts, method, repeat, theory } from './sections/belief.js';
import { distributions } from './sections/distributions.js';
import { energy } from './sections/energy.js';
import { againstDelay, againstDevices, againstRate } from './sections/latency.js';
import { nagle, networks } from './sections/networks.js';
import type { SectionMaker } from './sections/section.js';
import { summary } from './sections/summary.js';
import { throughput } from './sections/throughput.js';
import { bytes, cpu } from './sections/wire.js';

const SECTIONS: readonly SectionMaker[] = [
  summary,
  ...[distributions, againstDelay, againstRate, againstDevices],
  ...[bytes, energy, throughput, cpu],
  ...[networks, nagle],
  ...[theory, doubts, method, conditions, repeat, allCells],
];

export function documentOf(results: CompareResults): ReportDocument {
  return { title: 'WebSocket against polling, measured', sections: SECTIONS.map((make) => make(results)) };
}
