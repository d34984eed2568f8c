/** From values to places along an axis, and the ticks that a person reads them by. */
import { extent, ticks as evenTicks } from 'd3-array';
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

const STEPS = [1, 2, 5, 10];
/** More ticks than these stand too close. */
const TICKS_MAX = 7;

/** An axis that has room for all values that have a place on it. */
export function axisFor(
  { label, kind, text = numberText, tick = text }: AxisSpec,
  values: readonly number[],
): Axis {
  const fit = values.filter((value) => Number.isFinite(value) && (kind === 'linear' || value > 0));
  const [domain, ticks] = kind === 'log' ? logDomain(fit) : linearDomain(fit);
  const scale = (kind === 'log' ? scaleLog() : scaleLinear()).domain(domain).range([0, 1]).clamp(true);
  const at = (value: number | null | undefined): number | null =>
    value === null || value === undefined || !Number.isFinite(value) || (kind === 'log' && value <= 0)
      ? null
      : scale(value);
  return { label, at, text, ticks: ticks.map((value) => ({ at: scale(value), text: tick(value) })) };
}

type Domain = readonly [domain: [number, number], ticks: readonly number[]];

function linearDomain(values: readonly number[]): Domain {
  const most = Math.max(0, ...values);
  const least = Math.min(0, ...values);
  const { domain } = {
    domain: scaleLinear()
      .domain([least, most > least ? most : least + 1])
      .nice(5)
      .domain(),
  };
  const [from = 0, to = 1] = domain;
  return [[from, to], evenTicks(from, to, 5)];
}

/** Borders are the next 1, 2 or 5 times a power of ten; ticks these, or powers alone where they are many. */
function logDomain(values: readonly number[]): Domain {
  const [least = 1, most = 10] = extent(values);
  const below =
    bordersAround(least)
      .filter((border) => border <= least * 1.001)
      .at(-1) ?? least;
  const above = bordersAround(most).find((border) => border >= most * 0.999) ?? most;
  const domain: [number, number] = above > below ? [below, above] : [below / 2, below * 2];
  const inside = (steps: readonly number[]): number[] => {
    const found: number[] = [];
    for (let power = Math.floor(Math.log10(domain[0])); power <= Math.log10(domain[1]); power++)
      found.push(...steps.map((step) => step * 10 ** power));
    return found.filter((value) => value >= domain[0] * 0.999 && value <= domain[1] * 1.001);
  };
  const candidates = [inside([1, 2, 5]), inside([1, 3]), inside([1])];
  const fine = candidates.find((ticks) => ticks.length <= TICKS_MAX);
  return [domain, fine ?? everyNth(inside([1]))];
}

function bordersAround(value: number): number[] {
  const power = 10 ** Math.floor(Math.log10(value));
  return [...STEPS.map((step) => step * power * 0.1), ...STEPS.slice(1).map((step) => step * power)];
}

function everyNth(ticks: readonly number[]): number[] {
  const step = Math.ceil(ticks.length / TICKS_MAX);
  return ticks.filter((_, at) => at % step === 0);
}
