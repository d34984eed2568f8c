/** Lines with marks, intervals and theory: one panel of a figure. */
import { line } from 'd3-shape';
import type { Line, LineFigure, Point } from '../document.js';
import { markup, type Markup } from '../markup.js';
import { axisFor, type Axis } from './axis.js';
import { frame, PANEL_WIDTH, type Place } from './frame.js';
import { classOf, mark } from './mark.js';

const HEIGHT = 220;
const LEFT = 58;
/** Half of the bar at the ends of an interval. */
const CAP = 3;

/** One chart for each panel. */
export function lineCharts(figure: LineFigure): Markup[] {
  return figure.panels.map((panel) => {
    const seen = figure.shared === false ? [panel] : figure.panels;
    const points = seen.flatMap(({ lines }) => lines.flatMap(({ points }) => points));
    const x = axisFor(
      figure.x,
      points.map((point) => point.x),
      PANEL_WIDTH - LEFT,
    );
    const y = axisFor(
      figure.y,
      points.flatMap(({ y, low, high, theory }) => numbers([y, low, high, theory])),
    );
    const title = panel.title === '' ? figure.title : `${figure.title}: ${panel.title}`;
    const described = panel.lines.map(({ series }) => series.name).join(', ');
    const description = `${y.label} against ${x.label}, of ${described}. The table has all figures.`;
    return frame({ title, description, x, y, left: LEFT, height: HEIGHT }, (place) => [
      // The first of the legend lies on top.
      panel.lines
        .toReversed()
        .map((each) => [
          pathOf(each, place),
          figure.curves === true ? lastMark(each, place) : marksOf(each, place, x, y),
        ]),
      panel.lines.map((each) => theoryPath(each, place)),
    ]);
  });
}

function pathOf({ series, points }: Line, place: Place): Markup {
  return markup`<path class="line ${classOf(series)}" d="${through(points, (point) => point.y, place)}"/>`;
}

function theoryPath({ points }: Line, place: Place): Markup | null {
  const path = through(
    points.filter(({ theory }) => typeof theory === 'number'),
    (point) => point.theory ?? 0,
    place,
  );
  return path === '' ? null : markup`<path class="theory" d="${path}"/>`;
}

function through(points: readonly Point[], value: (point: Point) => number, place: Place): string {
  const path = line<Point>()
    .defined((point) => place.x(point.x) !== null && place.y(value(point)) !== null)
    .x((point) => place.x(point.x) ?? 0)
    .y((point) => place.y(value(point)) ?? 0)
    .digits(1);
  return path(points) ?? '';
}

function marksOf({ series, points }: Line, place: Place, xAxis: Axis, yAxis: Axis): (Markup | null)[] {
  return points.map((point) => {
    const [x, y] = [place.x(point.x), place.y(point.y)];
    if (x === null || y === null) return null;
    const [low, high] = [place.y(point.low), place.y(point.high)];
    const told = `${series.name}: ${yAxis.text(point.y)} (${yAxis.label}) at ${xAxis.text(point.x)} (${xAxis.label})`;
    const whisker =
      low === null || high === null
        ? null
        : markup`<path class="whisker ${classOf(series)}" d="M${x} ${low}V${high}M${x - CAP} ${low}h${2 * CAP}M${x - CAP} ${high}h${2 * CAP}"/>`;
    return markup`${whisker}${mark(series, x, y, told)}`;
  });
}

function lastMark(each: Line, place: Place): Markup | null {
  const last = each.points.at(-1);
  const [x, y] = [place.x(last?.x), place.y(last?.y)];
  return x === null || y === null ? null : mark(each.series, x, y, each.series.name);
}

function numbers(values: readonly (number | null | undefined)[]): number[] {
  return values.filter((value) => typeof value === 'number');
}
