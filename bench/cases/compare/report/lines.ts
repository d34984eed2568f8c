/** Cells as lines of a figure. */
import { group } from 'd3-array';
import type { Cell, Estimate } from '../analysis/analysis.js';
import type { Line, Point, Series } from './document.js';
import { methodName, seriesOf } from './methods.js';

/** A line for each method, points from left to right. `theory` is in the unit of `y`. */
export function linesOf(
  cells: readonly Cell[],
  x: (cell: Cell) => number,
  y: (cell: Cell) => Estimate | null,
  theory: (cell: Cell) => number | null = () => null,
): Line[] {
  return bySeries(cells).map(([series, those]) => ({
    series,
    points: those
      .flatMap((cell) => {
        const estimate = y(cell);
        return estimate === null ? [] : [pointOf(x(cell), estimate, theory(cell))];
      })
      .sort((a, b) => a.x - b.x),
  }));
}

/** Cells by method, in the order of legends. */
export function bySeries(cells: readonly Cell[]): (readonly [series: Series, cells: readonly Cell[]])[] {
  const named = group(cells, ({ scenario }) => methodName(scenario));
  return seriesOf(cells.map(({ scenario }) => scenario)).map(
    (series) => [series, named.get(series.name) ?? []] as const,
  );
}

function pointOf(x: number, { mean, ci95: [low, high] }: Estimate, theory: number | null): Point {
  return { x, y: mean, low, high, theory };
}
