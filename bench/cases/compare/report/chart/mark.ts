/** Marks of a method: the same in charts and legends. */
import { symbol } from 'd3-shape';
import type { Series } from '../document.js';
import { markup, type Markup } from '../markup.js';
import { LOOKS } from '../methods.js';

const AREA = 46;

/** Classes by which the page's style gives a series its colour. */
export function classOf(series: Series | null): string {
  return series === null ? 'm-none' : `m-${series.method}`;
}

/** A mark at a place; `text` is what pointing at it tells. */
export function mark(series: Series | null, x: number, y: number, text: string, hollow?: boolean): Markup {
  const look = LOOKS[series?.method ?? 'ws'];
  const fill = (hollow ?? (look.hollow || (series?.variant ?? 0) > 0)) ? 'hollow' : 'solid';
  const size = (series?.variant ?? 0) > 1 ? AREA * 2 : AREA;
  const path = symbol(look.symbol, size).digits(1)() ?? '';
  return markup`<path class="mark ${fill} ${classOf(series)}" transform="translate(${x} ${y})" d="${path}"><title>${text}</title></path>`;
}

/** The sample of a legend. */
export function legendMark(series: Series, line: boolean): Markup {
  return markup`<svg class="key" viewBox="0 0 24 14" aria-hidden="true" xmlns="http://www.w3.org/2000/svg">${
    line ? markup`<path class="line ${classOf(series)}" d="M0 7H24"/>` : null
  }${mark(series, 12, 7, series.name)}</svg>`;
}
