/** The first page: what was compared, and what became of the claims. */
import { methodName } from '../methods.js';
import { conditionsText, counted, numberText } from '../words.js';
import { dotOf, RATIO_AXIS, theoryOf } from './ratio.js';
import type { Claim } from '../../analysis/analysis.js';
import type { CompareResults, LinkMode } from '../../results.js';
import type { Basis, ClaimBlock, Mark, Row, RowFigure } from '../document.js';
import { isJudged } from '../verdict.js';
import { text, type SectionMaker } from './section.js';

const LINKS: Readonly<Record<LinkMode, string>> = {
  namespaces:
    'Device and hub each had a network namespace of its own; every packet between them was delayed as the network says, and counted.',
  proxy:
    'Device and hub spoke over the loopback interface through a proxy that delays what passes; packets are estimated from what crossed it.',
  remote: "The hub was somebody's own, over the network that there is; nothing was added to it.",
};

export const summary: SectionMaker = (results) => ({
  id: 'claims',
  title: 'The four claims',
  blocks: [
    text(introduction(results)),
    ...results.analysis.claims.map((claim) => claimBlock(claim, results)),
    ...(results.notMeasured.length === 0
      ? []
      : [
          text('Not measured:'),
          {
            kind: 'list' as const,
            items: results.notMeasured.map(({ what, why }) => `${what}: ${why}`),
          },
        ]),
  ],
});

function introduction({ runs, planned, analysis, conditions, linkMode, seed }: CompareResults): string {
  const { cpu, cores, kernel, node, date } = conditions;
  const networks = new Set(analysis.cells.map(({ scenario }) => scenario.network.name));
  const methods = new Set(analysis.cells.map(({ scenario }) => scenario.method));
  return [
    `Sensor readings sent over WebSocket, beside the same readings over HTTP${methods.has('mqtt') ? ' and MQTT' : ''} by real clients of a hub, which stores each reading before it confirms it. Throughput alone is of load generators.`,
    `${counted(methods.size, 'method')} over ${counted(networks.size, 'network')}: ${counted(analysis.cells.length, 'scenario')}, ${counted(runs.length, 'run')}${runs.length < planned ? ` of ${counted(planned, 'run')} planned` : ''}, each in processes of its own, in an order drawn with seed ${seed}.`,
    LINKS[linkMode],
    `${counted(cores, 'core')} of ${cpu}, ${kernel}, Node ${node}, ${date.slice(0, 10)}.`,
    'A ratio above 1 speaks for WebSocket; its interval of 95 % is over runs.',
  ].join(' ');
}

/** Energy is modelled unless a meter was there. */
export function basisOf({ id, compared }: Claim, { analysis }: CompareResults): Basis {
  if (id !== 'energy') return 'measured';
  const estimates = analysis.cells
    .filter(({ key }) => compared.includes(key))
    .flatMap(({ energy }) => energy);
  const metered = estimates.length > 0 && estimates.every(({ source }) => source !== 'modelled');
  return metered ? 'measured' : 'modelled';
}

function claimBlock(claim: Claim, results: CompareResults): ClaimBlock {
  const basis = basisOf(claim, results);
  return {
    kind: 'claim',
    claim,
    basis,
    compared: comparedText(claim, results),
    plot: intervalPlot(claim, basis),
  };
}

/** `Polling every 250 ms against WebSocket; hub to page, 75 ms one way, 4 readings/s, 1 a message`. */
function comparedText({ compared }: Claim, { analysis: { cells } }: CompareResults): string {
  const [other, websocket] = compared.map((key) => cells.find((cell) => cell.key === key)?.scenario);
  if (other === undefined || websocket === undefined) return '';
  return `${methodName(other)} against ${methodName(websocket)}: ${conditionsText(websocket)}.`;
}

/** Told, theory and found under one another. */
function intervalPlot(claim: Claim, basis: Basis): RowFigure {
  const row = (label: string, marks: readonly Mark[], series: Row['series'] = null): Row => ({
    ...{ label, series, marks, value: numberText(marks[0]?.at ?? null) },
  });
  const found = row(basis, [dotOf(basis, claim.ratio, claim.ci95)], {
    name: 'WebSocket',
    method: 'ws',
    variant: 0,
  });
  return {
    kind: 'rows',
    title: `How many times better WebSocket is: ${claim.id}`,
    caption: '',
    x: RATIO_AXIS,
    reference: { at: 1, text: 'no difference' },
    panels: [
      {
        title: '',
        rows: [
          row('told', [{ part: 'told', kind: 'hollow', at: claim.toldRatio }]),
          ...(claim.theory === null ? [] : [row('theory', theoryOf(claim.theory))]),
          ...(isJudged(claim) ? [found] : []),
        ],
      },
    ],
  };
}
