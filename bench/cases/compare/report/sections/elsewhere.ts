/** The ratios of the claims under all other conditions that were measured: a panel for each, a row for each method. */
import { group } from 'd3-array';
import type { Claim } from '../../analysis/analysis.js';
import type { CompareResults } from '../../results.js';
import type { Row, RowFigure, Series } from '../document.js';
import { seriesOf } from '../methods.js';
import { counted, DIRECTION_NAMES, numberText, sentence } from '../words.js';
import { dotOf, RATIO_AXIS, theoryOf } from './ratio.js';
import { orMissing, type SectionMaker } from './section.js';
import { basisOf } from './summary.js';

export const elsewhere: SectionMaker = (results) => ({
  id: 'elsewhere',
  title: 'The same ratios elsewhere',
  ...orMissing(
    results.analysis.claims
      .filter((claim) => claim.elsewhere.length > 0)
      .map((claim) => figureOf(claim, results)),
    'runs of several methods or conditions',
  ),
});

function figureOf(claim: Claim, results: CompareResults): RowFigure {
  const basis = basisOf(claim, results);
  const series = seriesOf(results.analysis.cells.map(({ scenario }) => scenario));
  const byName = new Map(series.map((each) => [each.name, each]));
  const placed = claim.elsewhere.map((each) => ({ ...each, ...splitOf(each.conditions) }));
  return {
    kind: 'rows',
    title: `${sentence(claim.id)}: how many times better WebSocket is than each other method`,
    caption: `Above 1, right of the line, speaks for WebSocket. Whisker: 95 % over runs. Tick: theory. ${spreadText(claim)}`,
    x: RATIO_AXIS,
    reference: { at: 1, text: 'no difference' },
    panels: [...group(placed, ({ place }) => place)].map(([place, those]) => ({
      title: sentence(place),
      rows: those.map((each) => rowOf(each, basis, byName.get(each.who) ?? null)),
    })),
  };
}

function rowOf(
  { who, ratio, ci95, theory }: Claim['elsewhere'][number] & { readonly who: string },
  basis: string,
  series: Series | null,
): Row {
  return {
    label: who,
    series,
    marks: [dotOf(basis, ratio, ci95), ...theoryOf(theory)],
    value: numberText(ratio),
  };
}

/** `hub's CPU a reading: POST, kept alive, device to hub, 75 ms` is of the method `POST, kept alive`, and the rest its place. */
function splitOf(conditions: string): { who: string; place: string } {
  const at = Math.min(
    ...[...Object.values(DIRECTION_NAMES), 'the same runs']
      .map((name) => conditions.indexOf(`, ${name}`))
      .filter((found) => found > 0),
  );
  if (at === Infinity) return { who: conditions, place: '' };
  const [who = '', ...what] = conditions.slice(0, at).split(': ').reverse();
  return { who, place: [...what.reverse(), conditions.slice(at + 2)].join(', ') };
}

function spreadText({ elsewhere }: Claim): string {
  const ratios = elsewhere.map(({ ratio }) => ratio);
  const above = ratios.filter((ratio) => ratio > 1).length;
  return `${counted(ratios.length, 'ratio')}, from ${numberText(Math.min(...ratios))} to ${numberText(Math.max(...ratios))}; ${above} above 1.`;
}
