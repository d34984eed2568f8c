/** Latency against what changes it: delay, rate, number of devices. */
import type { Cell, Estimate } from '../../analysis/analysis.js';
import { sample, sweeps } from '../cells.js';
import type { AxisSpec, LineFigure } from '../document.js';
import { linesOf } from '../lines.js';
import { DIRECTION_NAMES, isDelayOnly, loadText, networkName, numberText, sentence } from '../words.js';
import { orMissing, type SectionMaker } from './section.js';

interface Sweep {
  readonly x: AxisSpec;
  readonly at: (cell: Cell) => number;
  readonly values: readonly Quantity[];
  readonly theory?: (cell: Cell) => number | null;
}

interface Quantity {
  readonly name: string;
  readonly of: (cell: Cell) => Estimate;
}

const MEAN: Quantity = { name: 'mean', of: ({ meanMs }) => meanMs };
const MEDIAN: Quantity = { name: 'median', of: ({ p50Ms }) => p50Ms };
const TAIL: Quantity = { name: '99 %', of: ({ p99Ms }) => p99Ms };

const DELAY: Sweep = {
  x: { label: 'delay one way, ms', kind: 'log' },
  at: ({ scenario }) => scenario.network.up.delayMs,
  values: [MEAN],
  theory: ({ theory }) => (theory === null ? null : theory.predictedMs + theory.ownMs),
};
const RATE: Sweep = {
  x: { label: 'readings/s of each device', kind: 'log' },
  at: ({ scenario }) => scenario.rateHz ?? NaN,
  values: [MEDIAN, TAIL],
};
const DEVICES: Sweep = {
  x: { label: 'devices', kind: 'log' },
  at: ({ scenario }) => scenario.devices,
  values: [MEDIAN, TAIL],
};

export const againstDelay: SectionMaker = ({ analysis: { cells } }) => {
  const swept = sweeps(
    paced(cells).filter(({ scenario }) => isDelayOnly(scenario.network)),
    'network',
    3,
  );
  const figure = sweepFigure(swept, DELAY, {
    title: 'Mean latency against the delay of the network',
    caption:
      'Dotted: what theory gives for the same schedule and the delay that the link had, and what sender and hub were measured to take beside it.',
  });
  return {
    id: 'delay',
    title: 'Latency against delay',
    ...orMissing(figure, 'runs over networks of several delays'),
  };
};

export const againstRate: SectionMaker = ({ analysis: { cells } }) => {
  const figure = sweepFigure(sweeps(paced(cells), 'rateHz', 3), RATE, {
    title: 'Latency against the rate of readings',
    caption: TWO_PANELS,
  });
  return { id: 'rate', title: 'Latency against rate', ...orMissing(figure, 'runs at several rates') };
};

export const againstDevices: SectionMaker = ({ analysis: { cells } }) => {
  const figure = sweepFigure(sweeps(paced(cells), 'devices'), DEVICES, {
    title: 'Latency against the number of devices',
    caption: TWO_PANELS,
  });
  return {
    id: 'devices',
    title: 'Latency against devices',
    ...orMissing(figure, 'runs with several numbers of devices'),
  };
};

const TWO_PANELS =
  'Half of all readings take longer than the median, one in a hundred longer than that of 99 %.';

function paced(cells: readonly Cell[]): Cell[] {
  return cells.filter(({ scenario }) => scenario.rateHz !== null);
}

/** A panel for each sweep and quantity; none when there is none. */
function sweepFigure(
  swept: readonly Cell[][],
  sweep: Sweep,
  words: Pick<LineFigure, 'title' | 'caption'>,
): LineFigure[] {
  if (swept.length === 0) return [];
  const { x, at, values, theory } = sweep;
  const panels = swept.flatMap((those) =>
    values.map((quantity) => ({
      title: `${sentence(placeText(those, sweep))}: ${quantity.name}`,
      note: theory === undefined ? rangeNote(those, sweep, quantity) : theoryNote(those),
      lines: linesOf(those, at, quantity.of, theory),
    })),
  );
  return [{ kind: 'lines', ...words, x, y: { label: 'latency, ms', kind: 'log' }, panels }];
}

function placeText(cells: readonly Cell[], { theory }: Sweep): string {
  const scenario = sample(cells);
  const rest = theory === undefined ? networkName(scenario.network) : loadText(scenario);
  return `${DIRECTION_NAMES[scenario.direction]}, ${rest}`;
}

/** What WebSocket does from one end to the other. */
function rangeNote(cells: readonly Cell[], { at, x }: Sweep, { of }: Quantity): string {
  const ours = cells
    .filter((cell) => cell.scenario.method === 'ws' && Number.isFinite(of(cell).mean))
    .sort((a, b) => at(a) - at(b));
  const [first, last] = [ours[0], ours.at(-1)];
  if (first === undefined || last === undefined || first === last) return '';
  const [from, to] = [first, last].map((cell) => numberText(of(cell).mean));
  return `WebSocket: ${from} ms at ${numberText(at(first))}, ${to} ms at ${numberText(at(last))} ${x.label}.`;
}

function theoryNote(cells: readonly Cell[]): string {
  const told = cells.flatMap(({ theory }) => theory ?? []);
  if (told.length === 0) return '';
  return `${told.filter(({ agrees }) => agrees).length} of ${told.length} means agree with theory.`;
}
