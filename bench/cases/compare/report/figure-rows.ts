/** The figures of a picture as a table: for Markdown, and for those who want the numbers. */
import type { AxisSpec, Figure, LineFigure, Point, RowFigure, Rows, Series } from './document.js';
import { intervalText, numberText } from './words.js';

export function rowsOf(figure: Figure): Rows {
  return figure.kind === 'lines' ? (figure.rows ?? lineRows(figure)) : rowRows(figure);
}

/** Series that a figure has, each once, in the order in which they come. */
export function seriesIn(figure: Figure): Series[] {
  const all =
    figure.kind === 'lines'
      ? figure.panels.flatMap(({ lines }) => lines.map(({ series }) => series))
      : figure.panels.flatMap(({ rows }) => rows.flatMap(({ series }) => series ?? []));
  return [...new Map(all.map((series) => [series.name, series])).values()];
}

/** A column for each series; theory in brackets behind. */
function lineRows(figure: LineFigure): Rows {
  const series = seriesIn(figure);
  const [x, y] = [textOf(figure.x), textOf(figure.y)];
  const body = figure.panels.flatMap(({ title, lines }) => {
    const points = new Map(lines.map((line) => [line.series.name, line.points]));
    const places = [...new Set(lines.flatMap((line) => line.points.map((point) => point.x)))].sort(
      (a, b) => a - b,
    );
    return places.map((place) => [
      title,
      x(place),
      ...series.map(({ name }) =>
        pointText(
          points.get(name)?.find((point) => point.x === place),
          y,
        ),
      ),
    ]);
  });
  return withoutEmpty([['', figure.x.label, ...series.map(({ name }) => name)], ...body]);
}

function pointText(point: Point | undefined, text: (value: number) => string): string {
  if (point === undefined) return '–';
  const theory = typeof point.theory === 'number' ? ` (theory ${text(point.theory)})` : '';
  return text(point.y) + intervalText([point.low ?? null, point.high ?? null], text) + theory;
}

/** A column for each part. */
function rowRows({ x, panels }: RowFigure): Rows {
  const text = textOf(x);
  const parts = [
    ...new Set(panels.flatMap(({ rows }) => rows.flatMap(({ marks }) => marks.map(({ part }) => part)))),
  ];
  const body = panels.flatMap(({ title, rows }) =>
    rows.map(({ label, marks }) => [
      title,
      label,
      ...parts.map((part) => {
        const found = marks.find((each) => each.part === part);
        return found === undefined
          ? '–'
          : text(found.at) + intervalText([found.low ?? null, found.high ?? null], text);
      }),
    ]),
  );
  return withoutEmpty([
    ['', '', ...parts.map((part) => [part, x.unit ?? x.label].filter((each) => each !== '').join(', '))],
    ...body,
  ]);
}

/** Without a first column that says nothing. */
function withoutEmpty(rows: Rows): Rows {
  return rows.every(([first]) => first === '') ? rows.map(([, ...rest]) => rest) : rows;
}

function textOf({ text = numberText }: AxisSpec): (value: number) => string {
  return text;
}
