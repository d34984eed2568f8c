/** Latency against what changes it: delay, rate, number of devices. */
import type { Cell, Estimate } from '../../analysis/analysis.js';
import { sample, sweeps, type Varied } from '../cells.js';
import type { AxisSpec, LineFigure } from '../document.js';
import { linesOf } from '../lines.js';
import { counted, DIRECTION_NAMES, isDelayOnly, loadText, networkName, numberText } from '../words.js';
import { orMissing, type SectionMaker } from './section.js';

const LATENCY: AxisSpec = { label: 'latency, ms', kind: 'log' };
const DELAY: AxisSpec = { label: 'delay one way, ms', kind: 'log' };
const RATE: AxisSpec = { label: 'readings/s of each device', kind: 'log' };
const DEVICES: AxisSpec = { label: 'devices', kind: 'log' };

export const againstDelay: SectionMaker = ({ analysis: { cells } }) => {
  const paced = cells.filter(({ scenario }) => scenario.rateHz !== null && isDelayOnly(scenario.network));
  const swept = sweeps(paced, 'network').filter((each) => each.length > 2);
  const figure = sweepFigure(swept, {
    title: 'Mean latency against the delay of the network, with theory dotted',
    x: DELAY,
    at: ({ scenario }) => scenario.network.up.delayMs,
    value: ({ meanMs }) => meanMs,
    theory: (cell) => cell.theory?.predictedMs ?? null,
    panelTitle: ({ direction, ...rest }) =>
      `${DIRECTION_NAMES[direction]}, ${loadText({ direction, ...rest })}`,
    caption: theoryCaption(swept.flat()),
  });
  return {
    id: 'delay',
    title: 'Latency against delay',
    blocks: orMissing(figure, 'runs over networks of several delays'),
  };
};

export const againstRate: SectionMaker = ({ analysis: { cells } }) => {
  const swept = sweepsOf(cells, 'rateHz');
  const at = ({ scenario }: Cell): number => scenario.rateHz ?? NaN;
  const common = { x: RATE, at, panelTitle: placeText };
  return {
    id: 'rate',
    title: 'Latency against rate',
    blocks: orMissing(
      [
        ...sweepFigure(swept, { ...common, ...QUANTILES[0], title: 'Median latency against rate' }),
        ...sweepFigure(swept, { ...common, ...QUANTILES[1], title: 'Latency at 99 % against rate' }),
      ],
      'runs at several rates',
    ),
  };
};

export const againstDevices: SectionMaker = ({ analysis: { cells } }) => {
  const swept = sweepsOf(cells, 'devices');
  const at = ({ scenario }: Cell): number => scenario.devices;
  const common = { x: DEVICES, at, panelTitle: placeText };
  return {
    id: 'devices',
    title: 'Latency against the number of devices',
    blocks: orMissing(
      [
        ...sweepFigure(swept, { ...common, ...QUANTILES[0], title: 'Median latency against devices' }),
        ...sweepFigure(swept, { ...common, ...QUANTILES[1], title: 'Latency at 99 % against devices' }),
      ],
      'runs with several numbers of devices',
    ),
  };
};

const QUANTILES = [
  { value: ({ p50Ms }: Cell): Estimate => p50Ms },
  { value: ({ p99Ms }: Cell): Estimate => p99Ms },
] as const;

interface SweepOptions {
  readonly title: string;
  readonly x: AxisSpec;
  readonly at: (cell: Cell) => number;
  readonly value: (cell: Cell) => Estimate;
  readonly theory?: (cell: Cell) => number | null;
  readonly panelTitle: (scenario: Cell['scenario']) => string;
  readonly caption?: string;
}

/** A panel for each sweep; none when there is none. */
function sweepFigure(swept: readonly Cell[][], options: SweepOptions): LineFigure[] {
  if (swept.length === 0) return [];
  const { title, x, at, value, theory, panelTitle, caption = rangeCaption(swept, options) } = options;
  const panels = swept.map((those) => ({
    title: panelTitle(sample(those)),
    lines: linesOf(those, at, value, theory),
  }));
  return [{ kind: 'lines', title, caption, x, y: LATENCY, panels }];
}

function sweepsOf(cells: readonly Cell[], varied: Varied): Cell[][] {
  return sweeps(
    cells.filter(({ scenario }) => scenario.rateHz !== null),
    varied,
  );
}

function placeText({ direction, network }: Cell['scenario']): string {
  return `${DIRECTION_NAMES[direction]}, ${networkName(network)}`;
}

/** What WebSocket does from one end of each panel to the other. */
function rangeCaption(swept: readonly Cell[][], { at, value, x }: SweepOptions): string {
  return swept
    .map((those) => {
      const ours = those.filter(({ scenario }) => scenario.method === 'ws').sort((a, b) => at(a) - at(b));
      const [first, last] = [ours[0], ours.at(-1)];
      if (first === undefined || last === undefined) return '';
      const text = (cell: Cell): string => `${numberText(value(cell).mean)} ms at ${numberText(at(cell))}`;
      return `${placeText(sample(those))}: WebSocket has ${text(first)} and ${text(last)} (${x.label}).`;
    })
    .filter((sentence) => sentence !== '')
    .join(' ');
}

function theoryCaption(cells: readonly Cell[]): string {
  const told = cells.flatMap(({ theory }) => theory ?? []);
  const agreeing = told.filter(({ agrees }) => agrees).length;
  if (told.length === 0) return 'There is no theory for these cells.';
  return `Of ${counted(told.length, 'cell')} with a theory, ${agreeing} agree with it within the jitter.`;
}
