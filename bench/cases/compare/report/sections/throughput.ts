/** How many readings a second get through. */
import { conditionsText, DIRECTION_NAMES, networkName, numberText, counted } from '../words.js';
import type { Cell } from '../../analysis/analysis.js';
import { alike, sample, sweeps } from '../cells.js';
import type { Block } from '../document.js';
import { bySeries, linesOf } from '../lines.js';
import { orMissing, type SectionMaker } from './section.js';

export const throughput: SectionMaker = ({ analysis: { cells } }) => {
  const fastest = cells.filter(({ scenario }) => scenario.rateHz === null);
  const swept = sweeps(fastest, 'readingsPerMessage');
  const others = alike(fastest).filter((those) => those.length > 1);
  return {
    id: 'throughput',
    title: 'Throughput',
    blocks: orMissing([...lineFigure(swept), ...rowFigure(others)], 'runs as fast as it goes'),
  };
};

function lineFigure(swept: readonly Cell[][]): Block[] {
  if (swept.length === 0) return [];
  return [
    {
      kind: 'lines',
      title: 'Readings per second that reached the far end, by readings in a message',
      caption: swept.map(bestCaption).join(' '),
      x: { label: 'readings in a message', kind: 'log' },
      y: { label: 'readings/s', kind: 'log' },
      panels: swept.map((those) => ({
        title: placeText(those),
        lines: linesOf(
          those,
          ({ scenario }) => scenario.readingsPerMessage,
          (cell) => cell.throughput,
        ),
      })),
    },
  ];
}

function rowFigure(groups: readonly Cell[][]): Block[] {
  if (groups.length === 0) return [];
  return [
    {
      kind: 'rows',
      title: 'Readings per second that reached the far end, by method',
      caption: groups.map(bestCaption).join(' '),
      x: { label: 'readings/s', kind: 'linear' },
      shared: false,
      panels: groups.map((those) => ({
        title: conditionsText(sample(those)),
        rows: bySeries(those).flatMap(([series, each]) =>
          each.map(
            ({
              throughput: {
                mean: at,
                ci95: [low, high],
              },
            }) => ({
              ...{ label: series.name, series, value: numberText(at) },
              marks: [{ part: 'throughput', kind: 'dot' as const, at, low, high }],
            }),
          ),
        ),
      })),
    },
  ];
}

function placeText(cells: readonly Cell[]): string {
  const { direction, network, devices } = sample(cells);
  return `${DIRECTION_NAMES[direction]}, ${networkName(network)}, ${counted(devices, 'device')}`;
}

function bestCaption(cells: readonly Cell[]): string {
  const best = bySeries(cells).flatMap(([{ name }, those]) => those.map((cell) => ({ name, cell })));
  const [first] = best.sort((a, b) => b.cell.throughput.mean - a.cell.throughput.mean);
  if (first === undefined) return '';
  return `${placeText(cells)}: the most is ${numberText(first.cell.throughput.mean)} readings/s, by ${first.name} with ${numberText(first.cell.scenario.readingsPerMessage)} a message.`;
}
