/** Latency against what changes it: delay, rate, number of devices. */
import type { Cell, Estimate } from '../../analysis/analysis.js';
import { sample, sweeps } from '../cells.js';
import type { AxisSpec, LineFigure } from '../document.js';
import { linesOf } from '../lines.js';
import { DIRECTION_NAMES, isDelayOnly, loadText, networkName, numberText, sentence } from '../words.js';
import { orMissing, type SectionMaker } from './section.js';

interface Sweep {
  readonly title: string;
  readonly caption: string;
  readonly x: AxisSpec;
  readonly at: (cell: Cell) => number;
  readonly value: (cell: Cell) => Estimate;
  readonly theory?: (cell: Cell) => number | null;
  readonly panelTitle: (scenario: Cell['scenario']) => string;
  readonly note: (cells: readonly Cell[], sweep: Sweep) => string;
}

const BY_PLACE = {
  panelTitle: ({ direction, network }: Cell['scenario']) =>
    `${sentence(DIRECTION_NAMES[direction])}, ${networkName(network)}`,
  note: rangeNote,
};
const RATE = {
  ...BY_PLACE,
  x: { label: 'readings/s of each device', kind: 'log' },
  at: ({ scenario }: Cell) => scenario.rateHz ?? NaN,
} as const;
const DEVICES = {
  ...BY_PLACE,
  x: { label: 'devices', kind: 'log' },
  at: ({ scenario }: Cell) => scenario.devices,
} as const;
const MEDIAN = { value: ({ p50Ms }: Cell): Estimate => p50Ms, caption: 'Half of all readings take longer.' };
const TAIL = {
  value: ({ p99Ms }: Cell): Estimate => p99Ms,
  caption: 'One reading in a hundred takes longer.',
};

export const againstDelay: SectionMaker = ({ analysis: { cells } }) => {
  const swept = sweeps(
    paced(cells).filter(({ scenario }) => isDelayOnly(scenario.network)),
    'network',
    3,
  );
  const figure = sweepFigure(swept, {
    title: 'Mean latency against the delay of the network',
    caption:
      'Dotted: what theory gives for the same schedule and the delay that the link had. It knows the link alone; above it is what sender and hub took.',
    x: { label: 'delay one way, ms', kind: 'log' },
    at: ({ scenario }) => scenario.network.up.delayMs,
    value: ({ meanMs }) => meanMs,
    theory: ({ theory }) => theory?.predictedMs ?? null,
    panelTitle: (scenario) => `${sentence(DIRECTION_NAMES[scenario.direction])}, ${loadText(scenario)}`,
    note: theoryNote,
  });
  return {
    id: 'delay',
    title: 'Latency against delay',
    blocks: orMissing(figure, 'runs over networks of several delays'),
  };
};

export const againstRate: SectionMaker = ({ analysis: { cells } }) => {
  const swept = sweeps(paced(cells), 'rateHz', 3);
  const figures = [
    ...sweepFigure(swept, { ...RATE, ...MEDIAN, title: 'Median latency against rate' }),
    ...sweepFigure(swept, { ...RATE, ...TAIL, title: 'Latency at 99 % against rate' }),
  ];
  return { id: 'rate', title: 'Latency against rate', blocks: orMissing(figures, 'runs at several rates') };
};

export const againstDevices: SectionMaker = ({ analysis: { cells } }) => {
  const swept = sweeps(paced(cells), 'devices');
  const figures = [
    ...sweepFigure(swept, { ...DEVICES, ...MEDIAN, title: 'Median latency against devices' }),
    ...sweepFigure(swept, { ...DEVICES, ...TAIL, title: 'Latency at 99 % against devices' }),
  ];
  return {
    id: 'devices',
    title: 'Latency against the number of devices',
    blocks: orMissing(figures, 'runs with several numbers of devices'),
  };
};

function paced(cells: readonly Cell[]): Cell[] {
  return cells.filter(({ scenario }) => scenario.rateHz !== null);
}

/** A panel for each sweep; none when there is none. */
function sweepFigure(swept: readonly Cell[][], sweep: Sweep): LineFigure[] {
  if (swept.length === 0) return [];
  const { title, caption, x, at, value, theory, panelTitle, note } = sweep;
  const panels = swept.map((those) => ({
    title: panelTitle(sample(those)),
    note: note(those, sweep),
    lines: linesOf(those, at, value, theory),
  }));
  return [{ kind: 'lines', title, caption, x, y: { label: 'latency, ms', kind: 'log' }, panels }];
}

/** What WebSocket does from one end to the other. */
function rangeNote(cells: readonly Cell[], { at, value, x }: Sweep): string {
  const ours = cells.filter(({ scenario }) => scenario.method === 'ws').sort((a, b) => at(a) - at(b));
  const [first, last] = [ours[0], ours.at(-1)];
  if (first === undefined || last === undefined || first === last) return '';
  const [from, to] = [first, last].map((cell) => numberText(value(cell).mean));
  return `WebSocket: ${from} ms at ${numberText(at(first))}, ${to} ms at ${numberText(at(last))} ${x.label}.`;
}

function theoryNote(cells: readonly Cell[]): string {
  const told = cells.flatMap(({ theory }) => theory ?? []);
  if (told.length === 0) return '';
  return `${told.filter(({ agrees }) => agrees).length} of ${told.length} means agree with theory.`;
}
