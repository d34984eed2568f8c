/** The ground of a chart: axes, grid and labels; what is drawn on it is a few lines more. */
import { markup, type Markup, type Piece } from '../markup.js';
import type { Axis } from './axis.js';

/** Panels are this wide, in the units of their fonts: a telephone shows one as it is. */
export const PANEL_WIDTH = 380;
const BELOW = 42;
const TOP = 10;
const RIGHT = 14;

export interface Place {
  /** Places in the picture; null for what has none. */
  readonly x: (value: number | null | undefined) => number | null;
  readonly y: (value: number | null | undefined) => number | null;
  readonly left: number;
  readonly right: number;
  readonly top: number;
  readonly bottom: number;
}

export interface FrameOptions {
  /** For those who do not see it. */
  readonly title: string;
  readonly description: string;
  readonly x: Axis;
  /** None where rows have names. */
  readonly y?: Axis;
  readonly left: number;
  readonly right?: number;
  /** Of what is inside, without axes. */
  readonly height: number;
}

export function frame(options: FrameOptions, draw: (place: Place) => Piece): Markup {
  const { title, description, x, y, left, height } = options;
  const [right, bottom] = [PANEL_WIDTH - (options.right ?? RIGHT), TOP + height];
  const across = (at: number): number => left + at * (right - left);
  const up = (at: number): number => bottom - at * height;
  const place: Place = {
    ...{ left, right, top: TOP, bottom },
    x: (value) => mapped(x.at(value), across),
    y: (value) => mapped(y?.at(value) ?? null, up),
  };
  return markup`<svg class="chart" role="img" aria-label="${title}" viewBox="0 0 ${PANEL_WIDTH} ${bottom + BELOW}" xmlns="http://www.w3.org/2000/svg"><title>${title}</title><desc>${description}</desc>
<g class="grid">${x.ticks.map(({ at }) => markup`<path d="M${across(at)} ${TOP}V${bottom}"/>`)}${
    y?.ticks.map(({ at }) => markup`<path d="M${left} ${up(at)}H${right}"/>`) ?? null
  }</g>
<g class="tick">${x.ticks.map(({ at, text }) => markup`<text x="${across(at)}" y="${bottom + 17}" text-anchor="middle">${text}</text>`)}${
    y?.ticks.map(
      ({ at, text }) => markup`<text x="${left - 6}" y="${up(at) + 4}" text-anchor="end">${text}</text>`,
    ) ?? null
  }</g>
<text class="label" x="${(left + right) / 2}" y="${bottom + 35}" text-anchor="middle">${x.label}</text>
${y === undefined ? null : markup`<text class="label" transform="translate(11 ${(TOP + bottom) / 2}) rotate(-90)" text-anchor="middle">${y.label}</text>`}
${draw(place)}</svg>`;
}

function mapped(at: number | null, map: (at: number) => number): number | null {
  return at === null ? null : map(at);
}
