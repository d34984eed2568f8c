/** How many readings a second get through. */
import type { Cell } from '../../analysis/analysis.js';
import { alike, sample, sweeps } from '../cells.js';
import type { LineFigure, RowFigure } from '../document.js';
import { bySeries, linesOf } from '../lines.js';
import { counted, DIRECTION_NAMES, networkName, numberText, sentence } from '../words.js';
import { orMissing, type SectionMaker } from './section.js';

export const throughput: SectionMaker = ({ analysis: { cells } }) => {
  const fastest = cells.filter(({ scenario }) => scenario.rateHz === null);
  const swept = sweeps(fastest, 'readingsPerMessage');
  const single = alike(fastest.filter(({ scenario }) => scenario.readingsPerMessage === 1));
  return {
    id: 'throughput',
    title: 'Throughput',
    ...orMissing([...rowFigure(single), ...lineFigure(swept)], 'runs as fast as it goes'),
  };
};

const CAPTION =
  'Acknowledged, readings a second of the measured window. Load generators send prepared bytes as fast as they are answered: over each connection one POST at a time, or frames as far as WebSocket’s credit goes.';

function lineFigure(swept: readonly Cell[][]): LineFigure[] {
  if (swept.length === 0) return [];
  return [
    {
      kind: 'lines',
      title: 'Throughput against readings in a message',
      caption: CAPTION,
      x: { label: 'readings in a message', kind: 'log' },
      y: { label: 'readings/s', kind: 'log' },
      panels: swept.map((those) => ({
        title: placeText(those),
        note: bestNote(those),
        lines: linesOf(
          those,
          ({ scenario }) => scenario.readingsPerMessage,
          (cell) => cell.throughput,
        ),
      })),
    },
  ];
}

function rowFigure(groups: readonly Cell[][]): RowFigure[] {
  if (groups.length === 0) return [];
  return [
    {
      kind: 'rows',
      title: 'Throughput of one reading a message, by method',
      caption: CAPTION,
      x: { label: 'readings/s', kind: 'linear' },
      shared: false,
      panels: groups.map((those) => ({
        title: placeText(those),
        note: bestNote(those),
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
  return `${sentence(DIRECTION_NAMES[direction])}, ${networkName(network)}, ${counted(devices, 'device')}`;
}

function bestNote(cells: readonly Cell[]): string {
  const each = bySeries(cells).flatMap(([{ name }, those]) => those.map((cell) => ({ name, cell })));
  const [best] = each.sort((a, b) => b.cell.throughput.mean - a.cell.throughput.mean);
  if (best === undefined) return '';
  const { throughput, scenario } = best.cell;
  return `The most: ${numberText(throughput.mean)} readings/s, by ${best.name} with ${numberText(scenario.readingsPerMessage)} a message.`;
}
