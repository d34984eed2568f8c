/** Bytes and packets on the wire. */
import { group, mean } from 'd3-array';
import type { Cell } from '../../analysis/analysis.js';
import type { RunRecord } from '../../record.js';
import { scenarioKey } from '../../scenario.js';
import { sample, sweeps } from '../cells.js';
import type { LineFigure, Mark } from '../document.js';
import { linesOf } from '../lines.js';
import { DIRECTION_NAMES, networkName, numberText, sentence } from '../words.js';
import { methodPanels } from './method-panels.js';
import { orMissing, text, type SectionMaker } from './section.js';

export const bytes: SectionMaker = (results) => {
  const estimated = results.runs.some(({ wire }) => wire.counted === 'estimated');
  const byKey = group(results.runs, ({ plan }) => scenarioKey(plan.scenario));
  const figures = [
    ...methodPanels(results, {
      title: 'Bytes per reading on the wire, both ways',
      caption: 'Handshakes of methods that connect for each message are in it.',
      axis: 'bytes per reading',
      marks: (cell) => byteParts(cell, byKey.get(cell.key) ?? []),
      total: ({ bytesPerReading }) => bytesPerReading.mean,
    }),
    ...methodPanels(results, {
      title: 'Bytes for set-up, once in each run',
      caption: 'From the first packet to the first reading: connection, TLS, greeting.',
      axis: 'bytes before the first reading',
      marks: ({ setupBytes }) => [dot('set-up', setupBytes)],
      total: ({ setupBytes }) => setupBytes.mean,
    }),
    ...methodPanels(results, {
      title: 'Packets per reading, both ways',
      caption: 'Acknowledgements and handshakes are packets too.',
      axis: 'packets per reading',
      marks: ({ packetsPerReading }) => [dot('packets', packetsPerReading)],
      total: ({ packetsPerReading }) => packetsPerReading.mean,
    }),
    ...againstBatch(results.analysis.cells),
  ];
  const explained = [estimated ? ESTIMATED : SEEN, PARTS].join(' ');
  return {
    id: 'bytes',
    title: 'Bytes and packets per reading',
    ...orMissing(
      figures.length === 0 ? [] : [text(explained), ...figures],
      'runs whose packets were counted',
    ),
  };
};

const SEEN = 'Every IP packet between device and hub was seen and counted.';
const ESTIMATED = 'Packets are estimated, by the rules of TCP, from what crossed a proxy.';
const PARTS =
  'Payload is what TCP carries: readings, HTTP header lines, frames, TLS. Headers are those of IP and TCP; a bare acknowledgement is a packet that is nothing else, and has that share of all header bytes that it has of the packets.';

function dot(part: string, { mean: at, ci95: [low, high] }: Cell['setupBytes']): Mark {
  return { part, kind: 'dot', at, low, high };
}

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

function againstBatch(cells: readonly Cell[]): LineFigure[] {
  const paced = cells.filter(({ scenario }) => scenario.rateHz !== null);
  const panels = sweeps(paced, 'readingsPerMessage').map((those) => ({
    title: placeText(sample(those)),
    note: batchNote(those),
    lines: linesOf(
      those,
      ({ scenario }) => scenario.readingsPerMessage,
      ({ bytesPerReading }) => bytesPerReading,
    ),
  }));
  if (panels.length === 0) return [];
  return [
    {
      kind: 'lines',
      title: 'Bytes per reading against readings in a message',
      caption: 'What a message costs is shared by its readings.',
      x: { label: 'readings in a message', kind: 'log' },
      y: { label: 'bytes per reading', kind: 'log' },
      panels,
    },
  ];
}

function placeText({ direction, network, rateHz }: Cell['scenario']): string {
  return `${sentence(DIRECTION_NAMES[direction])}, ${networkName(network)}, ${numberText(rateHz)} readings/s`;
}

/** How many times as many bytes the hungriest takes, in the smallest and in the largest batch. */
function batchNote(cells: readonly Cell[]): string {
  const sizes = [...group(cells, ({ scenario }) => scenario.readingsPerMessage)].sort(([a], [b]) => a - b);
  const spread = ([size, those]: (typeof sizes)[number]): string => {
    const all = those.map(({ bytesPerReading }) => bytesPerReading.mean);
    return `${numberText(Math.max(...all) / Math.min(...all))} at ${numberText(size)}`;
  };
  const [first, last] = [sizes[0], sizes.at(-1)];
  if (first === undefined || last === undefined) return '';
  return `From the leanest method to the hungriest it is a factor of ${spread(first)} a message, and ${spread(last)}.`;
}
