import uPlot from 'uplot';

/** How densely a series is known, which says what silence in it means. */
export interface Density {
  /** Silence that breaks the line, ms; null when none does. */
  readonly gapMs: number | null;
  /** Before `untilUs` the points are lows and highs of steps this long. */
  readonly coarse: { readonly untilUs: number; readonly stepMs: number } | null;
}

/** Points of neighbouring stretches lie at most two stretches apart. */
const STRETCHES_APART = 2.5;

/**
 * Where two neighbouring points are further apart than the pace of the channel, the steps of its history or the
 * stretches it is drawn in (`stretchMs`) explain. Pairs of canvas pixels.
 */
export function gaps(
  plot: uPlot,
  first: number,
  last: number,
  { gapMs, coarse }: Density,
  stretchMs: number,
): [number, number][] {
  const found: [number, number][] = [];
  if (gapMs === null) return found;
  const times = plot.data[0];
  const fineMs = Math.max(gapMs, STRETCHES_APART * stretchMs);
  const coarseMs = Math.max(fineMs, STRETCHES_APART * (coarse?.stepMs ?? 0));
  const coarseUntilMs = (coarse?.untilUs ?? -Infinity) / 1_000;
  for (let index = first + 1; index <= last; index++) {
    const [before = 0, at = 0] = [times[index - 1], times[index]];
    if (at - before <= (before < coarseUntilMs ? coarseMs : fineMs)) continue;
    found.push([plot.valToPos(before, 'x', true) + uPlot.pxRatio, plot.valToPos(at, 'x', true)]);
  }
  return found;
}
