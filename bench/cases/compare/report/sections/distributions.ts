/** Latency at every percentile. */
import { decodeFromCompressedBase64 } from 'hdr-histogram-js';
import type { Cell } from '../../analysis/analysis.js';
import { DIRECTIONS } from '../../scenario.js';
import { alike, richest, sample } from '../cells.js';
import type { LineFigure, Point } from '../document.js';
import { bySeries } from '../lines.js';
import { methodName } from '../methods.js';
import { DIRECTION_NAMES, estimateText, isDelayOnly, loadText, networkName, numberText } from '../words.js';
import { orMissing, type SectionMaker } from './section.js';

/** Points between 1 and 10, 10 and 100 and so on of 1/(1-p). */
const POINTS_PER_DECADE = 16;

export const distributions: SectionMaker = ({ analysis }) => {
  const figures = DIRECTIONS.flatMap((direction) => {
    const best = richest(analysis, direction);
    if (best.length === 0) return [];
    const delays = delaysOf(analysis.cells, best);
    return [distributionFigure(delays.length > 1 ? delays : [best])];
  });
  return {
    id: 'distributions',
    title: 'Latency distributions',
    ...orMissing(figures, 'runs of readings at a rate'),
  };
};

/** The same methods and load at other delays, the shortest delay first. */
function delaysOf(cells: readonly Cell[], best: readonly Cell[]): Cell[][] {
  const load = loadText(sample(best));
  const { direction } = sample(best);
  const same = cells.filter(
    ({ scenario }) =>
      scenario.direction === direction && isDelayOnly(scenario.network) && loadText(scenario) === load,
  );
  return alike(same).sort((a, b) => sample(a).network.up.delayMs - sample(b).network.up.delayMs);
}

function distributionFigure(groups: readonly (readonly Cell[])[]): LineFigure {
  const first = sample(groups[0] ?? []);
  return {
    kind: 'lines',
    title: `Latency by percentile, ${DIRECTION_NAMES[first.direction]}, ${loadText(first)}`,
    caption:
      'Each curve is of all runs of a method together; its end is as far as the number of readings reaches.',
    x: { label: 'percentile, tail on a log scale', kind: 'log', decades: true, tick: percentileText },
    y: { label: 'latency, ms', kind: 'log' },
    curves: true,
    panels: groups.map((those) => ({
      title: networkName(sample(those).network),
      note: noteOf(those),
      lines: bySeries(those).map(([series, [cell]]) => ({
        series,
        points: cell === undefined ? [] : curveOf(cell),
      })),
    })),
    rows: [
      ['', 'method', 'p50, ms', 'p99, ms', 'p99.9, ms', 'max, ms', 'lost'],
      ...groups.flatMap((those) =>
        bySeries(those).flatMap(([series, [cell]]) =>
          cell === undefined
            ? []
            : [[networkName(cell.scenario.network), series.name, ...percentilesOf(cell)]],
        ),
      ),
    ],
  };
}

function percentilesOf({ p50Ms, p99Ms, p999Ms, maxMs, lossRatio }: Cell): string[] {
  const estimates = [p50Ms, p99Ms, p999Ms].map((estimate) => estimateText(estimate));
  return [...estimates, numberText(maxMs), `${numberText(lossRatio * 100)} %`];
}

/** x is 1/(1-p), as far as the readings reach. */
function curveOf({ hdr }: Cell): Point[] {
  const histogram = decodeFromCompressedBase64(hdr);
  const decades = Math.log10(Math.max(1, histogram.totalCount));
  return Array.from({ length: Math.floor(decades * POINTS_PER_DECADE) + 1 }, (_, at) => {
    const x = 10 ** (at / POINTS_PER_DECADE);
    const us = Math.min(histogram.getValueAtPercentile(100 * (1 - 1 / x)), histogram.maxValue);
    return { x, y: Math.max(1, us) / 1000 };
  });
}

/** `99 %` at 100. */
function percentileText(tail: number): string {
  return tail < 1 ? '' : `${Number((100 * (1 - 1 / tail)).toFixed(4))} %`;
}

function noteOf(those: readonly Cell[]): string {
  const ours = those.find(({ scenario }) => scenario.method === 'ws');
  const slowest = those.reduce((worst, cell) => (cell.maxMs > worst.maxMs ? cell : worst));
  const own = ours === undefined ? '' : `WebSocket ${numberText(ours.p50Ms.mean)} ms at the median; `;
  return `${own}${own === '' ? 'The' : 'the'} longest of all: ${methodName(slowest.scenario)}, ${numberText(slowest.maxMs)} ms.`;
}
