/** Bytes and packets on the wire, and what CPU time a reading takes. */
import { group, mean } from 'd3-array';
import type { Cell } from '../../analysis/analysis.js';
import type { RunRecord } from '../../record.js';
import type { CompareResults } from '../../results.js';
import { DIRECTIONS, scenarioKey } from '../../scenario.js';
import { richest, sample, sweeps } from '../cells.js';
import type { LineFigure, Mark, Row, RowFigure } from '../document.js';
import { bySeries, linesOf } from '../lines.js';
import { conditionsText, DIRECTION_NAMES, networkName, numberText } from '../words.js';
import { orMissing, text, type SectionMaker } from './section.js';

export const bytes: SectionMaker = (results) => {
  const estimated = results.runs.some(({ wire }) => wire.counted === 'estimated');
  const byKey = group(results.runs, ({ plan }) => scenarioKey(plan.scenario));
  const parts = (cell: Cell): Mark[] => byteParts(cell, byKey.get(cell.key) ?? []);
  const perMethod = panelsFor(results, {
    title: 'Bytes per reading on the wire, both ways',
    axis: 'bytes per reading',
    marks: parts,
    total: ({ bytesPerReading }) => bytesPerReading.mean,
  });
  return {
    id: 'bytes',
    title: 'Bytes and packets per reading',
    blocks: orMissing(
      [
        text(
          `${estimated ? 'Packets are estimated from what crossed a proxy.' : 'Every IP packet was seen.'} Payload is what TCP carries: readings, HTTP header lines, frames, TLS. Headers are those of IP and TCP; a bare acknowledgement is a packet that is nothing else. The bytes of headers are divided by the number of packets of each kind. What connecting costs a method that connects once is set-up, and not in the bars.`,
        ),
        ...perMethod,
        ...panelsFor(results, {
          title: 'Bytes for set-up, once in each connection',
          axis: 'bytes before the first reading',
          marks: ({
            setupBytes: {
              mean: at,
              ci95: [low, high],
            },
          }) => [{ part: 'set-up', kind: 'dot', at, low, high }],
          total: ({ setupBytes }) => setupBytes.mean,
        }),
        ...panelsFor(results, {
          title: 'Packets per reading, both ways',
          axis: 'packets per reading',
          marks: ({
            packetsPerReading: {
              mean: at,
              ci95: [low, high],
            },
          }) => [{ part: 'packets', kind: 'dot', at, low, high }],
          total: ({ packetsPerReading }) => packetsPerReading.mean,
        }),
        ...againstBatch(results),
      ],
      'runs whose packets were counted',
    ),
  };
};

export const cpu: SectionMaker = (results) => ({
  id: 'cpu',
  title: 'CPU time per reading',
  blocks: orMissing(
    panelsFor(results, {
      title: 'CPU time per reading, client and hub',
      axis: 'µs of CPU per reading',
      marks: ({ clientCpuUsPerReading, hubCpuUsPerReading }) => [
        { part: 'client', kind: 'bar', at: clientCpuUsPerReading.mean },
        { part: 'hub', kind: 'bar', at: hubCpuUsPerReading.mean },
      ],
      total: ({ clientCpuUsPerReading, hubCpuUsPerReading }) =>
        clientCpuUsPerReading.mean + hubCpuUsPerReading.mean,
    }),
    'runs of readings at a rate',
  ),
});

interface PanelOptions {
  readonly title: string;
  readonly axis: string;
  readonly marks: (cell: Cell) => readonly Mark[];
  /** Of a row, to say and to compare. */
  readonly total: (cell: Cell) => number;
}

/** A panel for each direction, under the conditions under which most methods were compared. */
function panelsFor({ analysis: { cells, claims } }: CompareResults, options: PanelOptions): RowFigure[] {
  const preferred = new Set(claims.flatMap(({ compared }) => compared));
  const best = DIRECTIONS.map((direction) =>
    richest(
      cells.filter(({ scenario }) => scenario.direction === direction && scenario.rateHz !== null),
      preferred,
    ),
  ).filter((those) => those.length > 0);
  if (best.length === 0) return [];
  const panels = best.map((those) => ({
    title: conditionsText(sample(those)),
    rows: rowsFor(those, options),
  }));
  const caption = best.map((those) => extremes(those, options)).join(' ');
  return [
    { kind: 'rows', title: options.title, caption, x: { label: options.axis, kind: 'linear' }, panels },
  ];
}

function rowsFor(cells: readonly Cell[], { marks, total }: PanelOptions): Row[] {
  return bySeries(cells).flatMap(([series, those]) =>
    those.map((cell) => ({ label: series.name, series, marks: marks(cell), value: numberText(total(cell)) })),
  );
}

function extremes(cells: readonly Cell[], { total, axis }: PanelOptions): string {
  const sorted = bySeries(cells)
    .flatMap(([{ name }, those]) => those.map((cell) => ({ name, value: total(cell) })))
    .sort((a, b) => a.value - b.value);
  const [least, most] = [sorted[0], sorted.at(-1)];
  if (least === undefined || most === undefined || least === most) return '';
  return `${DIRECTION_NAMES[sample(cells).direction]}: from ${numberText(least.value)} (${least.name}) to ${numberText(most.value)} ${axis} (${most.name}).`;
}

/** Bare acknowledgements' share of headers is their share of packets. */
function byteParts({ bytesPerReading, payloadBytesPerReading }: Cell, runs: readonly RunRecord[]): Mark[] {
  const headers = Math.max(0, bytesPerReading.mean - payloadBytesPerReading.mean);
  const bare = headers * (mean(runs, bareShare) ?? 0);
  return [
    { part: 'payload', kind: 'bar', at: payloadBytesPerReading.mean },
    { part: 'TCP/IP headers', kind: 'bar', at: headers - bare },
    { part: 'bare acknowledgements', kind: 'bar', at: bare },
  ];
}

function bareShare({ wire: { window } }: RunRecord): number {
  const packets = window.up.packets + window.down.packets;
  return packets === 0 ? 0 : (window.up.bareAcks + window.down.bareAcks) / packets;
}

function againstBatch({ analysis: { cells } }: CompareResults): LineFigure[] {
  const swept = sweeps(
    cells.filter(({ scenario }) => scenario.rateHz !== null),
    'readingsPerMessage',
  );
  if (swept.length === 0) return [];
  const panels = swept.map((those) => ({
    title: `${DIRECTION_NAMES[sample(those).direction]}, ${networkName(sample(those).network)}, ${numberText(sample(those).rateHz)} readings/s`,
    lines: linesOf(
      those,
      ({ scenario }) => scenario.readingsPerMessage,
      ({ bytesPerReading }) => bytesPerReading,
    ),
  }));
  return [
    {
      kind: 'lines',
      title: 'Bytes per reading against readings in a message',
      caption: batchCaption(swept),
      x: { label: 'readings in a message', kind: 'log' },
      y: { label: 'bytes per reading', kind: 'log' },
      panels,
    },
  ];
}

/** How many times as many bytes the hungriest takes, alone and in the largest batch. */
function batchCaption(swept: readonly Cell[][]): string {
  return swept
    .map((those) => {
      const sizes = [...new Set(those.map(({ scenario }) => scenario.readingsPerMessage))].sort(
        (a, b) => a - b,
      );
      const spread = (size: number | undefined): string => {
        const all = those
          .filter(({ scenario }) => scenario.readingsPerMessage === size)
          .map(({ bytesPerReading }) => bytesPerReading.mean);
        return `${numberText(Math.max(...all) / Math.min(...all))} with ${numberText(size ?? null)} in a message`;
      };
      return `From the leanest method to the hungriest it is a factor of ${spread(sizes[0])}, and of ${spread(sizes.at(-1))}.`;
    })
    .join(' ');
}
