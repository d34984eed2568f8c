/** A row for each method, a panel for each direction: under the conditions under which most methods were compared. */
import type { Cell } from '../../analysis/analysis.js';
import type { CompareResults } from '../../results.js';
import { DIRECTIONS } from '../../scenario.js';
import { richest, sample } from '../cells.js';
import type { Mark, Row, RowFigure } from '../document.js';
import { bySeries } from '../lines.js';
import { conditionsText, numberText, sentence } from '../words.js';

export interface PanelOptions {
  readonly title: string;
  readonly caption: string;
  /** What the numbers are, with the unit. */
  readonly axis: string;
  readonly marks: (cell: Cell) => readonly Mark[];
  /** Of a row, to say and to compare. */
  readonly total: (cell: Cell) => number;
}

/** One figure; none without cells. */
export function methodPanels({ analysis }: CompareResults, options: PanelOptions): RowFigure[] {
  const { title, caption, axis } = options;
  const best = DIRECTIONS.map((direction) => richest(analysis, direction)).filter(
    (those) => those.length > 0,
  );
  const panels = best.map((those) => ({
    title: sentence(conditionsText(sample(those))),
    note: extremes(those, options),
    rows: rowsFor(those, options),
  }));
  return panels.length === 0
    ? []
    : [{ kind: 'rows', title, caption, x: { label: axis, kind: 'linear' }, panels }];
}

function rowsFor(cells: readonly Cell[], { marks, total }: PanelOptions): Row[] {
  return bySeries(cells).flatMap(([series, those]) =>
    those.map((cell) => ({ label: series.name, series, marks: marks(cell), value: numberText(total(cell)) })),
  );
}

function extremes(cells: readonly Cell[], { total }: PanelOptions): string {
  const sorted = bySeries(cells)
    .flatMap(([{ name }, those]) => those.map((cell) => ({ name, value: total(cell) })))
    .sort((a, b) => a.value - b.value);
  const [least, most] = [sorted[0], sorted.at(-1)];
  if (least === undefined || most === undefined || least === most) return '';
  if (numberText(least.value) === numberText(most.value)) return `All have ${numberText(least.value)}.`;
  return `Least: ${least.name}, ${numberText(least.value)}. Most: ${most.name}, ${numberText(most.value)}.`;
}
