/** From values to places along an axis, and the ticks that a person reads them by. */
import { extent, pairs, ticks as evenTicks } from 'd3-array';
import { scaleLinear, scaleLog } from 'd3-scale';
import type { AxisSpec } from '../document.js';
import { numberText } from '../words.js';

export interface Axis {
  readonly label: string;
  readonly ticks: readonly { readonly at: number; readonly text: string }[];
  /** From 0 at the beginning to 1 at the end; null for what has no place on it. */
  readonly at: (value: number | null | undefined) => number | null;
  /** Values as texts, unit left to the label. */
  readonly text: (value: number) => string;
}

/** Steps between powers of ten, the finest first. */
const LOG_STEPS = [
  [1, 2, 5],
  [1, 3],
] as const;
/** The same where all is within one power. */
const FINE_STEPS = [1, 1.5, 2, 3, 5, 7];
const LINEAR_COUNTS = [6, 5, 4, 3, 2, 1];
/** More ticks than these say no more. */
const TICKS_MAX = 8;
/** Width of a letter, and of the space that two texts need between them. */
const LETTER = 6.2;
const SPACE = 6;

/** An axis with room for all values that have a place on it; `length` is that of the line along which the ticks' texts stand. */
export function axisFor(spec: AxisSpec, values: readonly number[], length = Infinity): Axis {
  const { label, kind, text = numberText, tick = text } = spec;
  const fit = values.filter((value) => Number.isFinite(value) && (kind === 'linear' || value > 0));
  const domain = kind === 'log' ? logDomain(fit) : linearDomain(fit);
  const scale = (kind === 'log' ? scaleLog() : scaleLinear()).domain(domain).range([0, 1]).clamp(true);
  const candidates = kind === 'log' ? logTicks(domain, spec.decades === true) : linearTicks(domain);
  const readable = (ticks: readonly number[]): boolean =>
    ticks.length <= TICKS_MAX &&
    pairs(ticks).every(
      ([one, next]) =>
        (scale(next) - scale(one)) * length >= (widthOf(tick(one)) + widthOf(tick(next))) / 2 + SPACE,
    );
  const ticks = candidates.find(readable) ?? candidates.at(-1) ?? [];
  const at = (value: number | null | undefined): number | null =>
    value === null || value === undefined || !Number.isFinite(value) || (kind === 'log' && value <= 0)
      ? null
      : scale(value);
  return { label, at, text, ticks: ticks.map((value) => ({ at: scale(value), text: tick(value) })) };
}

type Domain = [from: number, to: number];

function linearDomain(values: readonly number[]): Domain {
  const [least, most] = [Math.min(0, ...values), Math.max(0, ...values)];
  const [from = 0, to = 1] = scaleLinear([least, most > least ? most : least + 1], [0, 1])
    .nice(5)
    .domain();
  return [from, to];
}

function linearTicks([from, to]: Domain): number[][] {
  return LINEAR_COUNTS.map((count) => evenTicks(from, to, count));
}

/** Borders are the next 1, 2 or 5 times a power of ten. */
function logDomain(values: readonly number[]): Domain {
  const [least = 1, most = 10] = extent(values);
  const round = stepsWithin([least / 10, most * 10], most < 5 * least ? FINE_STEPS : [1, 2, 5]);
  const below = round.filter((border) => border <= least * 1.001).at(-1) ?? least;
  const above = round.find((border) => border >= most * 0.999) ?? most;
  return above > below ? [below, above] : [below / 2, below * 2];
}

function logTicks(domain: Domain, decades: boolean): number[][] {
  const fine = domain[1] < 10 * domain[0] ? [FINE_STEPS] : [];
  const powers = stepsWithin(domain, [1]);
  const sparse = [2, 3, 4, 5].map((step) => powers.filter((_, at) => at % step === 0));
  return [
    ...(decades ? [] : [...fine, ...LOG_STEPS].map((steps) => stepsWithin(domain, steps))),
    powers,
    ...sparse,
  ];
}

function stepsWithin([from, to]: Domain, steps: readonly number[]): number[] {
  const found: number[] = [];
  for (let power = Math.floor(Math.log10(from)); power <= Math.log10(to); power++)
    found.push(...steps.map((step) => Number(`${step}e${power}`)));
  return found.filter((value) => value >= from * 0.999 && value <= to * 1.001);
}

function widthOf(text: string): number {
  return text.length * LETTER;
}
