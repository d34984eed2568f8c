/** The same load over networks of names, and without TCP_NODELAY. */
import type { Cell } from '../../analysis/analysis.js';
import { alike, sample, sweeps } from '../cells.js';
import type { Mark, Row, RowFigure, TableBlock } from '../document.js';
import { bySeries } from '../lines.js';
import {
  DIRECTION_NAMES,
  impairmentText,
  isDelayOnly,
  listText,
  loadText,
  networkName,
  numberText,
} from '../words.js';
import { orMissing, type SectionMaker } from './section.js';

export const networks: SectionMaker = ({ analysis: { cells } }) => {
  const named = cells.filter(({ scenario }) => scenario.rateHz !== null && !isDelayOnly(scenario.network));
  const swept = sweeps(named, 'network');
  return {
    id: 'networks',
    title: 'Networks',
    ...orMissing(
      swept.length === 0 ? [] : [networkTable(named), ...swept.map(networkFigure)],
      'runs over networks with jitter, limits and loss',
    ),
  };
};

export const nagle: SectionMaker = ({ analysis: { cells } }) => {
  const swept = sweeps(
    cells.filter(({ scenario }) => scenario.rateHz !== null),
    'noDelay',
  );
  return {
    id: 'nagle',
    title: "Nagle's algorithm: TCP_NODELAY on and off",
    ...orMissing(swept.map(nagleFigure), 'runs with TCP_NODELAY off'),
  };
};

function networkTable(cells: readonly Cell[]): TableBlock {
  const each = new Map(cells.map(({ scenario: { network } }) => [network.name, network]));
  const body = [...each.values()].map(({ name, up, down }) => [
    name,
    impairmentText(up),
    impairmentText(down),
  ]);
  return {
    kind: 'table',
    title: 'The networks, as seen from the device',
    rows: [['network', 'up', 'down'], ...body],
  };
}

function networkFigure(cells: readonly Cell[]): RowFigure {
  const groups = alike(cells);
  const { direction } = sample(cells);
  return {
    kind: 'rows',
    title: `Latency by network, ${DIRECTION_NAMES[direction]}, ${loadText(sample(cells))}`,
    caption: `${LEGEND} ${lossText(cells)}`,
    x: { label: 'latency, ms', kind: 'log' },
    panels: groups.map((those) => ({ title: networkName(sample(those).network), rows: latencyRows(those) })),
  };
}

const LEGEND =
  'Dot: median; whisker: from there to the longest; tick: 99 %, where there are readings enough.';

function latencyRows(cells: readonly Cell[]): Row[] {
  return bySeries(cells).flatMap(([series, those]) =>
    those.map((cell) => ({
      ...{ label: series.name, series, marks: latencyMarks(cell), value: numberText(cell.p50Ms.mean) },
    })),
  );
}

function latencyMarks({ p50Ms, p99Ms, maxMs }: Cell): Mark[] {
  return [
    { part: 'p50', kind: 'dot', at: p50Ms.mean, low: p50Ms.mean, high: maxMs },
    { part: 'p99', kind: 'tick', at: p99Ms.mean },
  ];
}

function lossText(cells: readonly Cell[]): string {
  const losing = cells.filter(({ lossRatio }) => lossRatio > 0).map(({ key }) => key);
  return losing.length === 0 ? 'No reading was lost.' : `Readings were lost in: ${listText(losing)}.`;
}

function nagleFigure(cells: readonly Cell[]): RowFigure {
  const rows = bySeries(cells).flatMap(([series, those]) =>
    [...those]
      .sort((a, b) => Number(b.scenario.noDelay) - Number(a.scenario.noDelay))
      .map((cell) => ({
        label: `${series.name}, TCP_NODELAY ${cell.scenario.noDelay ? 'on' : 'off'}`,
        ...{ series, marks: latencyMarks(cell), value: numberText(cell.p50Ms.mean) },
      })),
  );
  const { direction, network, ...rest } = sample(cells);
  return {
    kind: 'rows',
    title: `Latency with TCP_NODELAY on and off, ${DIRECTION_NAMES[direction]}, ${networkName(network)}, ${loadText({ direction, network, ...rest, noDelay: true })}`,
    caption: `${LEGEND} ${nagleCaption(cells)}`,
    x: { label: 'latency, ms', kind: 'log' },
    panels: [{ title: '', rows }],
  };
}

function nagleCaption(cells: readonly Cell[]): string {
  return bySeries(cells)
    .flatMap(([{ name }, those]) => {
      const [on, off] = [true, false].map((noDelay) =>
        those.find(({ scenario }) => scenario.noDelay === noDelay),
      );
      if (on === undefined || off === undefined) return [];
      return [
        `${name}: ${numberText(off.p99Ms.mean / on.p99Ms.mean)} times the latency at 99 % with it off.`,
      ];
    })
    .join(' ');
}
