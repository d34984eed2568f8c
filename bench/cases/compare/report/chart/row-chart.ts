/** Rows with names: bars, dots with intervals, ticks; one panel of a figure. */
import type { Mark, Row, RowFigure } from '../document.js';
import { markup, type Markup, type Piece } from '../markup.js';
import { axisFor, type Axis } from './axis.js';
import { frame, PANEL_WIDTH, type Place } from './frame.js';
import { classOf, mark } from './mark.js';

const ROW = 24;
const BAR = 13;
const CAP = 3;
/** Letters of the small font are about so wide. */
const LETTER = 6.2;
const NAME_WIDTH = 148;
const LEFT = NAME_WIDTH + 8;
const LINES_MAX = 3;
const LINE = 12;

export function rowCharts(figure: RowFigure): Markup[] {
  const right = rightOf(figure);
  const reference = figure.reference === undefined ? [] : [figure.reference.at];
  const axisOf = (panels: RowFigure['panels']): Axis =>
    axisFor(
      figure.x,
      [...panels.flatMap(({ rows }) => rows.flatMap(endsOf)), ...reference],
      PANEL_WIDTH - LEFT - right,
    );
  const shared = axisOf(figure.panels);
  return figure.panels.map((panel) => {
    const x = figure.shared === false ? axisOf([panel]) : shared;
    const title = panel.title === '' ? figure.title : `${figure.title}: ${panel.title}`;
    const description = `${x.label}, a row each for ${panel.rows.map(({ label }) => label).join(', ')}. The table has all figures.`;
    const laid = layOut(panel.rows);
    return frame({ title, description, x, left: LEFT, right, height: laid.height }, (place) => [
      referenceOf(figure, place),
      laid.rows.map(({ row, lines, middle }) => drawn(row, lines, place.top + middle, place, x)),
    ]);
  });
}

/** Room for the longest value at the end of a row. */
function rightOf({ panels }: RowFigure): number {
  const letters = Math.max(0, ...panels.flatMap(({ rows }) => rows.map(({ value = '' }) => value.length)));
  return letters === 0 ? 14 : letters * LETTER + 16;
}

interface LaidRow {
  readonly row: Row;
  readonly lines: readonly string[];
  readonly middle: number;
}

function layOut(rows: readonly Row[]): { rows: LaidRow[]; height: number } {
  let height = 0;
  const laid = rows.map((row) => {
    const lines = wrapped(row.label, Math.floor(NAME_WIDTH / LETTER));
    const tall = Math.max(ROW, lines.length * LINE + 8);
    const middle = height + tall / 2;
    height += tall;
    return { row, lines, middle };
  });
  return { rows: laid, height };
}

/** Words in lines of at most so many characters; what is too much ends in an ellipsis. */
function wrapped(text: string, most: number): string[] {
  const lines: string[] = [];
  for (const word of text.split(' ')) {
    const last = lines.at(-1);
    if (last !== undefined && last.length + word.length < most) lines[lines.length - 1] = `${last} ${word}`;
    else lines.push(word);
  }
  const cut = lines
    .slice(0, LINES_MAX)
    .map((each) => (each.length > most ? `${each.slice(0, most - 1)}…` : each));
  return lines.length <= LINES_MAX
    ? cut
    : [...cut.slice(0, -1), `${(cut.at(-1) ?? '').slice(0, most - 2)} …`];
}

function drawn(row: Row, lines: readonly string[], y: number, place: Place, axis: Axis): Markup {
  const first = y + 4 - ((lines.length - 1) * LINE) / 2;
  return markup`<g><text class="name" text-anchor="end">${lines.map(
    (text, at) => markup`<tspan x="${NAME_WIDTH}" y="${first + at * LINE}">${text}</tspan>`,
  )}</text>${marksOf(row, y, place, axis)}${
    row.value === undefined
      ? null
      : markup`<text class="value" text-anchor="end" x="${PANEL_WIDTH - 2}" y="${y + 4}">${row.value}</text>`
  }</g>`;
}

function marksOf(row: Row, y: number, place: Place, axis: Axis): Piece {
  let sum = 0;
  let bars = 0;
  return row.marks.map((each) => {
    const told = `${row.label}, ${each.part}: ${axis.text(each.at)}`;
    if (each.kind === 'bar') {
      const [from, to] = [place.x(sum), place.x(sum + each.at)];
      sum += each.at;
      return from === null || to === null
        ? null
        : markup`<rect class="bar b${bars++} ${classOf(row.series)}" x="${from}" y="${y - BAR / 2}" width="${Math.max(0, to - from)}" height="${BAR}"><title>${told}</title></rect>`;
    }
    const x = place.x(each.at);
    if (x === null) return null;
    if (each.kind === 'tick')
      return markup`<path class="stroke ${classOf(row.series)}" d="M${x} ${y - 8}V${y + 8}"><title>${told}</title></path>`;
    return markup`${whisker(each, y, place, row)}${mark(row.series, x, y, told, each.kind === 'hollow' ? true : undefined)}`;
  });
}

function whisker({ low, high }: Mark, y: number, place: Place, row: Row): Markup | null {
  const [from, to] = [place.x(low), place.x(high)];
  if (from === null || to === null) return null;
  return markup`<path class="whisker ${classOf(row.series)}" d="M${from} ${y}H${to}M${from} ${y - CAP}v${2 * CAP}M${to} ${y - CAP}v${2 * CAP}"/>`;
}

function referenceOf({ reference }: RowFigure, { x, top, bottom }: Place): Markup | null {
  const at = x(reference?.at);
  if (reference === undefined || at === null) return null;
  return markup`<path class="reference" d="M${at} ${top}V${bottom}"><title>${reference.text}</title></path>`;
}

function endsOf({ marks }: Row): number[] {
  const bars = marks.filter(({ kind }) => kind === 'bar').reduce((sum, { at }) => sum + at, 0);
  const others = marks.filter(({ kind }) => kind !== 'bar').flatMap(({ at, low, high }) => [at, low, high]);
  return [...(marks.some(({ kind }) => kind === 'bar') ? [bars] : []), ...others].filter(
    (value) => typeof value === 'number',
  );
}
